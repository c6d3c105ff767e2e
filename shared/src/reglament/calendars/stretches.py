"""Every instant of a stretch of time, told as open, or closed and why (contract, segments)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from reglament.calendars.calendar import Calendar, DayPlan, day_plans
from reglament.calendars.timetable import Timetable, timetable
from reglament.calendars.zones import instant, local_date, micros, resolve


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
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
    pending: Stretch | None = None
    for stretch in _parts(calendar, micros(start), micros(end)):
        if pending is not None and _says(pending) == _says(stretch):
            pending = replace(pending, end=stretch.end)
            continue
        if pending is not None:
            yield pending
        pending = stretch
    if pending is not None:
        yield pending


def _says(stretch: Stretch) -> tuple[str | None, date | None]:
    return stretch.closed_because, stretch.day


def _parts(calendar: Calendar, start: int, end: int) -> Iterator[Stretch]:
    at = start
    for opens, closes in timetable(calendar).open_between(start, end):
        yield from _closed(calendar, at, opens)
        yield Stretch(start=instant(opens), end=instant(closes))
        at = closes
    yield from _closed(calendar, at, end)


def _closed(calendar: Calendar, start: int, end: int) -> Iterator[Stretch]:
    """A closed stretch, cut at local midnights, each part with its date's reason."""
    table, plans = timetable(calendar), day_plans(calendar)
    while start < end:
        day = local_date(start, table.tz)
        until = min(end, max(resolve(day + timedelta(days=1), 0, table.tz), start + 1))
        plan = plans.on(day)
        yield Stretch(
            start=instant(start),
            end=instant(until),
            closed_because=_reason(table, day, plan, start),
            day=day if plan.name is not None or plan.closed_because == "override" else None,
            name=plan.name,
        )
        start = until


def _reason(table: Timetable, day: date, plan: DayPlan, at: int) -> str:
    """Between two of the date's spans it is a break, outside of them night."""
    if plan.closed_because != "night" and not plan.spans:
        return plan.closed_because
    spans = table.day_spans(day)
    is_break = any(end <= at for _, end in spans) and any(start > at for start, _ in spans)
    return "break" if is_break else plan.closed_because
