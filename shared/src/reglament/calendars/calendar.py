"""A calendar as a value: which wall-clock spans each local date has, and why it has none."""

import hashlib
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Literal

from reglament.calendars.holidays import Holidays, regional_holidays
from reglament.calendars.spans import Day, Span, Week
from reglament.calendars.zones import TZ_VERSION, zone

ClosedBecause = Literal["night", "break", "weekend", "holiday", "override"]
SHORTENED_BY = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Working time of a place. Equal values are equal calendars. Built by `read_calendar`.

    zone: IANA name. week: seven days, Monday first. holidays: local dates with a name, perhaps
    an empty one. annual_holidays: (month, day). overrides: date -> spans that beat everything.
    region: whose frozen public holidays count, edition: in which version of their data; None: in
    the newest. short_days: whether the days before public
    holidays close an hour earlier.
    ValueError: an unknown zone or region, or a calendar that never opens (semantics 3). One that
    opens on the dates of its overrides alone can be reckoned with, but no policy may promise by it.
    """

    zone: str
    week: Week
    holidays: tuple[tuple[date, str], ...] = ()
    annual_holidays: tuple[tuple[int, int], ...] = ()
    overrides: tuple[tuple[date, Day], ...] = ()
    region: str | None = None
    short_days: bool = False
    edition: int | None = field(default=None, repr=False)  # `calendar_version` names the data
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse what could never give a due time."""
        zone(self.zone)
        if self.region is not None:
            regional_holidays(self.region, self.edition)
        values = (self.zone, self.week, self.holidays, self.annual_holidays, self.overrides)
        object.__setattr__(
            self, "_hash", hash((values, self.region, self.edition, self.short_days))
        )
        if len(self.week) != 7 or not (any(self.week) or any(day for _, day in self.overrides)):
            raise ValueError("hours: the calendar never opens")
        if not _opens_in_a_cycle(self):
            raise ValueError("annual_holidays: the calendar never opens")

    def __hash__(self) -> int:
        """Reckoned once: calendars are keys of the caches that make working time fast."""
        return self._hash


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlan:
    """A local date's spans; where it has none, why; of a holiday its name."""

    spans: Day
    closed_because: ClosedBecause
    name: str | None = None


class DayPlans:
    """The plan of every date of one calendar, by look-up (semantics 4, 6)."""

    def __init__(self, calendar: Calendar) -> None:
        """Index what the value holds as tuples."""
        self._week = calendar.week
        self._own = dict(calendar.holidays)
        self._annual = frozenset(calendar.annual_holidays)
        self._overrides = dict(calendar.overrides)
        self._region = holidays_of(calendar)
        self._short = calendar.short_days
        # A working Saturday stands in for a working day and takes the hours of a Friday.
        self._stand_in: Day = next((day for day in reversed(calendar.week[:5]) if day), ())
        self._plain = tuple(map(_plain, calendar.week))

    def on(self, day: date) -> DayPlan:
        """Override, else holiday, else the week with the region's working and short days."""
        if day in self._overrides:
            return DayPlan(spans=self._overrides[day], closed_because="override")
        name = self._holiday_name(day)
        if name is not None:
            return DayPlan(spans=(), closed_because="holiday", name=name)
        plain = self._plain[day.weekday()]
        spans = self._ordinary(day)
        return plain if spans is plain.spans else _plain(spans)

    def is_provisional(self, day: date) -> bool:
        """True where the region's transfers of that year are not decreed, or not known here."""
        return self._region is not None and not self._region.is_decreed(day)

    def name_of(self, day: date, locale: str) -> str | None:
        """The holiday's name in that language, "" where it has none; None: no holiday."""
        if day in self._overrides:
            return None
        if day not in self._own and self._region is not None:
            return self._region.name_of(day, locale) or self._holiday_name(day)
        return self._holiday_name(day)

    def _holiday_name(self, day: date) -> str | None:
        if day in self._own:
            return self._own[day]
        if (day.month, day.day) in self._annual:
            return ""
        return self._region.name_of(day) if self._region is not None else None

    def _ordinary(self, day: date) -> Day:
        spans = self._week[day.weekday()]
        if self._region is None:
            return spans
        if day in self._region.working_days:
            spans = self._stand_in or spans
        if self._short and day in self._region.short_days:
            spans = shortened(spans)
        return spans


def _plain(spans: Day) -> DayPlan:
    return DayPlan(spans=spans, closed_because="night" if spans else "weekend")


@lru_cache(maxsize=512)
def day_plans(calendar: Calendar) -> DayPlans:
    """The day plans of a calendar, made once."""
    return DayPlans(calendar)


def shortened(spans: Day, by: int = SHORTENED_BY) -> Day:
    """The day's spans with the last `by` seconds taken off, over a break if need be."""
    kept = list(spans)
    while kept and by > 0:
        last = kept.pop()
        length = last.closes - last.opens
        if length > by:
            kept.append(Span(last.opens, last.closes - by))
        by -= length
    return tuple(kept)


def calendar_version(calendar: Calendar) -> str:
    """Of the definition, the holidays' data and the tz database together (semantics 6)."""
    definition = repr(calendar).encode()
    parts = [hashlib.sha256(definition).hexdigest()[:12], f"tz{TZ_VERSION}"]
    if (holidays := holidays_of(calendar)) is not None:
        parts.insert(1, holidays.version)
    return "+".join(parts)


def decreed_until(calendar: Calendar) -> date | None:
    """The last local date whose holidays are decreed; None: the calendar depends on no decree."""
    holidays = holidays_of(calendar)
    return None if holidays is None else date(holidays.last_year, 12, 31)


def holidays_of(calendar: Calendar) -> Holidays | None:
    """The region's data that the calendar goes by."""
    if calendar.region is None:
        return None
    return regional_holidays(calendar.region, calendar.edition)


def _opens_in_a_cycle(calendar: Calendar) -> bool:
    """Whether any date of the 28-year cycle of weekdays has hours despite annual holidays."""
    annual = set(calendar.annual_holidays)
    if len(annual) < 52:  # every weekday falls on more dates than that
        return True
    days = (date.fromordinal(date(2001, 1, 1).toordinal() + step) for step in range(28 * 366))
    return any(calendar.week[day.weekday()] and (day.month, day.day) not in annual for day in days)
