"""A calendar's spans as instants on one line, with prefix sums (semantics 7).

A stretch of whole local years is laid out and grows when a question lies outside of it; within
it every answer is one bisection: O(log n).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from threading import Lock

from reglament.calendars.calendar import Calendar, day_plans
from reglament.calendars.line import NOTHING, Line, Pairs, Years, stepped
from reglament.calendars.zones import (
    DAY_SECONDS,
    EPOCH,
    SECOND,
    length_of,
    local_date,
    resolve,
    zone,
)

FIRST_YEAR = 1900
LAST_YEAR = 2200
DAY = DAY_SECONDS * SECOND
EPOCH_DAY = EPOCH.toordinal()


class Timetable:
    """Positions on the line of open time; microseconds throughout, from the first year asked for.

    What is laid out is replaced as a whole by a longer one, never changed; positions stay.
    """

    __slots__ = ("_anchor", "_days", "_growing", "_line", "_plans", "tz")

    def __init__(self, calendar: Calendar) -> None:
        """Nothing is laid out yet."""
        self.tz = zone(calendar.zone)
        self._plans = day_plans(calendar)
        self._days: dict[date, tuple[tuple[int, int], ...]] = {}
        self._line = NOTHING
        self._anchor = 0
        self._growing = Lock()

    def position(self, at: int) -> int:
        """Open time from the anchor to `at`; negative before the anchor."""
        line = self._line
        if not line.begins <= at < line.ends_at:
            line = self._reach(at)
        index = bisect_right(line.starts, at) - 1
        end = line.ends[index]
        return line.before[index] + min(end, at) - line.starts[index]

    def earliest(self, position: int) -> int:
        """The first instant at which `position` of open time is used up: closing, if it ends so."""
        line = self._line
        while not line.least < position <= line.most:
            line = self._grown(line, later=position > line.most)
        index = bisect_left(line.before, position) - 1
        return line.starts[index] + position - line.before[index]

    def latest(self, position: int) -> int:
        """The last instant before which `position` of open time lies: always an open one."""
        line = self._line
        while not line.least <= position < line.most:
            line = self._grown(line, later=position >= line.most)
        index = bisect_right(line.before, position) - 1
        return line.starts[index] + position - line.before[index]

    def open_between(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The open parts of [start, end), in order."""
        if end <= start:
            return
        self._reach(start)
        line = self._reach(end)
        for index in range(max(bisect_right(line.starts, start) - 1, 0), len(line.starts)):
            opens, closes = line.starts[index], line.ends[index]
            if opens >= end:
                return
            if closes > start:
                yield max(opens, start), min(closes, end)

    def span_end(self, at: int) -> int | None:
        """The end of the open span that contains `at`, as far as it is laid out; None: closed."""
        line = self._reach(at)
        index = bisect_right(line.starts, at) - 1
        return line.ends[index] if at < line.ends[index] else None

    def business_day(self, day: date, steps: int) -> date:
        """The `steps`-th date with opening hours after `day` (before it, if negative).

        0: the first from `day` on.
        """
        line = self._reach_day(day)
        while True:
            index = stepped(line.business_days, day.toordinal(), steps)
            if 0 <= index < len(line.business_days):
                return date.fromordinal(line.business_days[index])
            line = self._grown(line, later=index >= 0)

    def business_days(self, after: date, until: date) -> int:
        """How many dates with opening hours lie in (after, until]."""
        self._reach_day(after)
        days = self._reach_day(until).business_days
        return bisect_right(days, until.toordinal()) - bisect_right(days, after.toordinal())

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

    def _reach(self, at: int) -> Line:
        """The line, grown until `at` lies on it. ValueError outside FIRST_YEAR..LAST_YEAR."""
        line = self._line
        if line.begins <= at < line.ends_at:
            return line
        return self._reach_day(local_date(at, self.tz))

    def _reach_day(self, day: date) -> Line:
        line = self._line
        if line.first <= day.year <= line.last:
            return line
        return self._extended(day.year, day.year)

    def _grown(self, line: Line, *, later: bool) -> Line:
        """By half of what it has and a year, so that few growths reach far."""
        more = (line.last - line.first) // 2 + 1
        if later:
            return self._extended(line.last, max(line.last + 1, min(line.last + more, LAST_YEAR)))
        return self._extended(min(line.first - 1, max(line.first - more, FIRST_YEAR)), line.first)

    def _extended(self, first: int, last: int) -> Line:
        """The line with these years on it as well. ValueError outside FIRST_YEAR..LAST_YEAR."""
        for year in (first, last):
            if not FIRST_YEAR <= year <= LAST_YEAR:
                raise ValueError(
                    f"{year} is outside {FIRST_YEAR}-{LAST_YEAR}, no due time lies there"
                )
        with self._growing:
            line = self._line
            if line is NOTHING:
                self._anchor = resolve(date(first, 1, 1), 0, self.tz)
                self._line = self._lay(first, last, *self._of_years(first, last))
            else:
                self._line = self._longer(line, min(line.first, first), max(line.last, last))
            return self._line

    def _longer(self, line: Line, first: int, last: int) -> Line:
        earlier, earlier_days = self._of_years(first, line.first - 1)
        later, later_days = self._of_years(line.last + 1, last)
        own = zip(line.starts[1:], line.ends[1:], strict=True)
        days = [*earlier_days, *line.business_days, *later_days]
        return self._lay(first, last, [*earlier, *own, *later], days)

    def _lay(self, first: int, last: int, spans: Pairs, business_days: list[int]) -> Line:
        years = Years(
            first=first,
            last=last,
            begins=resolve(date(first, 1, 1), 0, self.tz),
            ends_at=resolve(date(last, 12, 31), DAY_SECONDS, self.tz),
        )
        return Line(years, spans, business_days, anchor=self._anchor)

    def _of_years(self, first: int, last: int) -> tuple[Pairs, list[int]]:
        """The spans that open from the eve of the years to their end; ordinals of open dates."""
        spans: Pairs = []
        business_days: list[int] = []
        if last < first:
            return spans, business_days
        begin = date(first, 1, 1)
        for day, midnight in self._midnights(begin - timedelta(days=1), date(last, 12, 31)):
            plan = self._plans.on(day).spans
            if midnight is not None and all(span.closes <= DAY_SECONDS for span in plan):
                own = [(midnight + s.opens * SECOND, midnight + s.closes * SECOND) for s in plan]
            else:
                own = list(self._spans_of(day))
            spans += own
            if own and day >= begin:
                business_days.append(day.toordinal())
        return spans, business_days

    def _midnights(self, day: date, last: date) -> Iterator[tuple[date, int | None]]:
        """Each date with its midnight; None where the clocks are changed that day or the next.

        Told by the offsets at three midnights: a gap over a midnight shows only at the next one.
        """
        one, two, three = (self._offset(day.toordinal() + n) for n in range(3))
        for ordinal in range(day.toordinal(), last.toordinal() + 1):
            midnight = (ordinal - EPOCH_DAY) * DAY - length_of(one)
            yield date.fromordinal(ordinal), midnight if one == two == three else None
            one, two, three = two, three, self._offset(ordinal + 3)

    def _offset(self, ordinal: int) -> timedelta:
        shown = datetime.fromordinal(ordinal).replace(tzinfo=self.tz)
        return shown.utcoffset() or timedelta()


@lru_cache(maxsize=256)
def timetable(calendar: Calendar) -> Timetable:
    """The timetable of a calendar, kept while the calendar is in use."""
    return Timetable(calendar)
