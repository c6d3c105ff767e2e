"""Every instant of a stretch of time, told as open, or closed and why (contract, segments)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache

import msgspec

from reglament.calendars.calendar import Calendar, day_plans
from reglament.calendars.timetable import timetable
from reglament.calendars.zones import instant, local_date, micros, resolve

# Why it is closed; of a day that is told its date and its name. Neighbours differ in the first
# two.
Says = tuple[str | None, date | None, str | None]
OPEN: Says = (None, None, None)


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """[start, end): open, or closed because of night, break, weekend, holiday or override.

    Of a holiday: its local date and name.
    """

    start: datetime
    end: datetime
    closed_because: str | None = None
    day: date | None = None
    name: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether working time passes."""
        return self.closed_because is None


def open_spans(
    calendar: Calendar, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The open parts of [start, end), in order."""
    for opens, closes in timetable(calendar).open_between(micros(start), micros(end)):
        yield instant(opens), instant(closes)


def stretches(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Stretch]:
    """[start, end) without gaps or overlaps; neighbours differ in what they say."""
    pending: Says | None = None
    since = until = micros(start)
    for until_then, says in _parts(calendar, since, micros(end)):
        if pending is not None and pending[:2] != says[:2]:
            yield _stretch(since, until, pending)
            since, pending = until, None
        pending, until = pending or says, until_then
    if pending is not None:
        yield _stretch(since, until, pending)


def _stretch(start: int, end: int, says: Says) -> Stretch:
    because, day, name = says
    return Stretch(
        start=instant(start), end=instant(end), closed_because=because, day=day, name=name
    )


def _parts(calendar: Calendar, start: int, end: int) -> Iterator[tuple[int, Says]]:
    """Until when what is told of the time since the one before; the first begins at `start`."""
    at = start
    for opens, closes in timetable(calendar).open_between(start, end):
        yield from _closed(calendar, at, opens)
        yield closes, OPEN
        at = closes
    yield from _closed(calendar, at, end)


def _closed(calendar: Calendar, start: int, end: int) -> Iterator[tuple[int, Says]]:
    """A closed stretch, cut at local midnights, each part with its date's reason."""
    tz = timetable(calendar).tz
    while start < end:
        known = _day(calendar, local_date(start, tz))
        until = min(end, max(known.ends, start + 1))
        yield until, (_reason(known, start), known.day, known.name)
        start = until


class _Day(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of the closed time of a local date; ends, spans: in microseconds."""

    ends: int
    spans: tuple[tuple[int, int], ...]
    because: str
    is_all: bool
    day: date | None
    name: str | None


@lru_cache(maxsize=4096)
def _day(calendar: Calendar, day: date) -> _Day:
    """A pure function of both: asked again for each clock that stands open over that date."""
    table, plan = timetable(calendar), day_plans(calendar).on(day)
    is_told = plan.name is not None or plan.closed_because == "override"
    return _Day(
        ends=resolve(day + timedelta(days=1), 0, table.tz),
        spans=table.day_spans(day),
        because=plan.closed_because,
        is_all=plan.closed_because != "night" and not plan.spans,
        day=day if is_told else None,
        name=plan.name,
    )


def _reason(known: _Day, at: int) -> str:
    """Between two of the date's spans it is a break, outside of them night."""
    if known.is_all:
        return known.because
    is_break = any(end <= at for _, end in known.spans) and any(
        start > at for start, _ in known.spans
    )
    return "break" if is_break else known.because
