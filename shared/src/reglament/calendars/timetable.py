"""A calendar's spans as instants, a year at a time, with prefix sums (semantics 7)."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from reglament.calendars.calendar import Calendar, day_plans
from reglament.calendars.zones import DAY_SECONDS, SECOND, local_date, resolve, zone

FIRST_YEAR = 1900
LAST_YEAR = 2200
ANCHOR_YEAR = 2020
DAY = DAY_SECONDS * SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """The open spans of one local year: sorted, disjoint, within the year; microseconds.

    begins, ends_at: the year itself. before[i]: open time of the year before span i.
    business_days: ordinals of its open dates.
    """

    begins: int
    ends_at: int
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]
    total: int
    business_days: tuple[int, ...]

    def elapsed(self, at: int) -> int:
        """Open time from the year's beginning until `at`."""
        index = bisect_right(self.starts, at) - 1
        if index < 0:
            return 0
        return self.before[index] + min(at, self.ends[index]) - self.starts[index]


class Timetable:
    """Positions on the line of open time. Years are built when first asked for.

    Dictionaries are only ever filled with what any other thread would fill in, so no lock.
    """

    def __init__(self, calendar: Calendar) -> None:
        """Nothing is reckoned yet."""
        self.tz = zone(calendar.zone)
        self._plans = day_plans(calendar)
        self._years: dict[int, Year] = {}
        self._before: dict[int, int] = {ANCHOR_YEAR: 0}
        self._days: dict[date, tuple[tuple[int, int], ...]] = {}
        self._latest = (0, 0, 0)

    def year(self, year: int) -> Year:
        """The spans of a year. ValueError outside FIRST_YEAR..LAST_YEAR."""
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise ValueError(f"{year} is outside {FIRST_YEAR}-{LAST_YEAR}, no due time lies there")
        if year not in self._years:
            self._years[year] = self._build(year)
        return self._years[year]

    def position(self, at: int) -> int:
        """Open time from the anchor to `at`; negative before the anchor."""
        year = self.year_of(at)
        return self._before_year(year) + self.year(year).elapsed(at)

    def year_of(self, at: int) -> int:
        """The local year; the one asked about last is found without the zone's rules."""
        begins, ends_at, number = self._latest
        if begins <= at < ends_at:
            return number
        number = local_date(at, self.tz).year
        year = self.year(number)
        self._latest = (year.begins, year.ends_at, number)
        return number

    def earliest(self, position: int, near: int) -> int:
        """The first instant at which `position` of open time is used up: closing, if it ends so."""
        year, rest = self._find(position, near, ends_there=True)
        index = bisect_left(year.before, rest) - 1
        return year.starts[index] + rest - year.before[index]

    def latest(self, position: int, near: int) -> int:
        """The last instant before which `position` of open time lies: always an open one."""
        year, rest = self._find(position, near, ends_there=False)
        index = bisect_right(year.before, rest) - 1
        return year.starts[index] + rest - year.before[index]

    def day_spans(self, day: date) -> tuple[tuple[int, int], ...]:
        """The spans that open on a local date, as instants; what a DST gap swallows is gone."""
        known = self._days.get(day)
        if known is None:
            known = self._days[day] = tuple(self._spans_of(day))
        return known

    def _spans_of(self, day: date) -> Iterator[tuple[int, int]]:
        for span in self._plans.on(day).spans:
            opens, closes = (resolve(day, end, self.tz) for end in (span.opens, span.closes))
            if closes > opens:
                yield opens, closes

    def _before_year(self, year: int) -> int:
        """Open time from the anchor to the beginning of a year, known years in between reused."""
        known = year
        step = 1 if year < ANCHOR_YEAR else -1
        while known not in self._before:
            known += step
        while known != year:
            if step < 0:
                self._before[known + 1] = self._before[known] + self.year(known).total
            else:
                self._before[known - 1] = self._before[known] - self.year(known - 1).total
            known -= step
        return self._before[year]

    def _find(self, position: int, near: int, *, ends_there: bool) -> tuple[Year, int]:
        """The year on whose open time `position` lies, and what is left of it there."""
        low = high = self.year_of(near)
        reach = 1
        while not self._lies_before(position, high + 1, ends_there=ends_there):
            high, reach = high + reach, reach * 2
        reach = 1
        while self._lies_before(position, low, ends_there=ends_there):
            low, reach = low - reach, reach * 2
        while low < high:
            middle = (low + high) // 2
            if self._lies_before(position, middle + 1, ends_there=ends_there):
                high = middle
            else:
                low = middle + 1
        return self.year(low), position - self._before_year(low)

    def _lies_before(self, position: int, year: int, *, ends_there: bool) -> bool:
        limit = self._before_year(year)
        return position <= limit if ends_there else position < limit

    def _build(self, year: int) -> Year:
        first, last = date(year, 1, 1), date(year, 12, 31)
        opens, closes = resolve(first, 0, self.tz), resolve(last, DAY_SECONDS, self.tz)
        starts: list[int] = []
        ends: list[int] = []
        spans, business_days = self._year_spans(year)
        for start, end in spans:
            clipped_start, clipped_end = max(start, opens), min(end, closes)
            if starts and clipped_start <= ends[-1]:
                ends[-1] = max(ends[-1], clipped_end)
            elif clipped_start < clipped_end:
                starts.append(clipped_start)
                ends.append(clipped_end)
        before = [0]
        for start, end in zip(starts, ends, strict=True):
            before.append(before[-1] + end - start)
        return Year(
            begins=opens,
            ends_at=closes,
            starts=tuple(starts),
            ends=tuple(ends),
            before=tuple(before[:-1]),
            total=before[-1],
            business_days=business_days,
        )

    def _year_spans(self, year: int) -> tuple[list[tuple[int, int]], tuple[int, ...]]:
        """The spans that touch the year, the eve's included; ordinals of its open dates."""
        day = date(year, 1, 1) - timedelta(days=1)
        spans: list[tuple[int, int]] = []
        business_days: list[int] = []
        midnight = resolve(day, 0, self.tz)
        while day.year <= year:
            following = day + timedelta(days=1)
            next_midnight = resolve(following, 0, self.tz)
            plan = self._plans.on(day).spans
            if next_midnight - midnight == DAY and all(s.closes <= DAY_SECONDS for s in plan):
                own = [(midnight + s.opens * SECOND, midnight + s.closes * SECOND) for s in plan]
            else:
                own = list(self._spans_of(day))
            spans += own
            if own and day.year == year:
                business_days.append(day.toordinal())
            day, midnight = following, next_midnight
        return spans, tuple(business_days)


@lru_cache(maxsize=256)
def timetable(calendar: Calendar) -> Timetable:
    """The timetable of a calendar, kept while the calendar is in use."""
    return Timetable(calendar)
