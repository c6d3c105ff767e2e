"""Reckoning with working time: what the rest of the system calls (semantics 1-7).

Instants are aware datetimes; answers are in UTC. Naive ones are a ValueError, and so is what
lies outside the years that a timetable covers.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from reglament.calendars.calendar import Calendar, day_plans
from reglament.calendars.timetable import DAY, Timetable, timetable
from reglament.calendars.zones import DAY_SECONDS, instant, length_of, micros, resolve, span_of


def add(calendar: Calendar, start: datetime, budget: timedelta) -> datetime:
    """The earliest instant at which `budget` of working time after `start` is used up.

    A budget that ends at closing time is due at closing. Zero: `start` if open, else the next
    opening. Negative: the latest instant from which `-budget` remains until `start`.
    """
    table, at = timetable(calendar), micros(start)
    length = length_of(budget)
    position = table.position(at) + length
    return instant(table.earliest(position) if length > 0 else table.latest(position))


def between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Working time from `start` to `end`; negative where `end` is earlier. Inverse of `add`."""
    table = timetable(calendar)
    return span_of(table.position(micros(end)) - table.position(micros(start)))


def shares(
    calendar: Calendar, start: datetime, end: datetime, percents: Iterable[int]
) -> Iterator[tuple[int, datetime]]:
    """When each percentage of the working time from `start` to `end` is used up, as `add` says."""
    table = timetable(calendar)
    begin = table.position(micros(start))
    budget = span_of(table.position(micros(end)) - begin)
    for percent in percents:
        length = length_of(budget * percent / 100)
        used = table.earliest if length > 0 else table.latest
        yield percent, instant(used(begin + length))


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether the instant lies in opening hours; the closing instant does not (semantics 1)."""
    return next_opening(calendar, at) == at


def next_opening(calendar: Calendar, at: datetime) -> datetime:
    """The first open instant at or after `at`."""
    return add(calendar, at, timedelta())


def next_closing(calendar: Calendar, at: datetime) -> datetime | None:
    """When the opening that is under way at `at`, or the next one, ends; None: it never does.

    Never: it stays open for a year and a day, as 24x7 does.
    """
    table = timetable(calendar)
    begin = micros(next_opening(calendar, at))
    end, limit = begin, begin + 366 * DAY
    while end < limit:
        following = table.span_end(end)
        if following is None:
            return instant(end)
        end = following
    return None


def closing(calendar: Calendar, day: date) -> datetime | None:
    """When the last span that opens on that local date closes; None on a date without hours."""
    spans = timetable(calendar).day_spans(day)
    return instant(max(end for _, end in spans)) if spans else None


def opening(calendar: Calendar, day: date) -> datetime | None:
    """When that local date's first span opens; None on a date without hours."""
    spans = timetable(calendar).day_spans(day)
    return instant(min(start for start, _ in spans)) if spans else None


def add_business_days(
    calendar: Calendar, start: datetime, days: int, *, end_of_day: bool = False
) -> datetime:
    """`days` steps to the next local date with opening hours; `start`'s date is day 0.

    Keeps the wall time, or gives that date's closing with `end_of_day`. Negative steps back.
    Zero: `start` itself; with `end_of_day` the closing of its date, or of the next business date.
    """
    table = timetable(calendar)
    local = instant(micros(start)).astimezone(table.tz)
    if days == 0 and not end_of_day:
        return start.astimezone(UTC)
    day = table.business_day(local.date(), days)
    if end_of_day:
        return closing(calendar, day) or instant(resolve(day, DAY_SECONDS, table.tz))
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    found = instant(resolve(day, seconds, table.tz))
    is_shown = found.astimezone(table.tz).time() == local.time().replace(microsecond=0)
    return found.replace(microsecond=local.microsecond if is_shown else 0)


def business_days_between(calendar: Calendar, start: datetime, end: datetime) -> int:
    """How many business dates lie after `start`'s local date up to `end`'s; negative backwards."""
    table = timetable(calendar)
    first, last = (instant(micros(at)).astimezone(table.tz).date() for at in (start, end))
    if last < first:
        return -business_days_between(calendar, end, start)
    return table.business_days(first, last)


def business_days_spent(calendar: Calendar, start: datetime, end: datetime) -> float:
    """Business days from `start` to `end`, of each date the share of its hours; additive."""
    table = timetable(calendar)
    (before, since), (after, until) = (_days_until(table, micros(at)) for at in (start, end))
    return table.business_days(since, until) + after - before


def _days_until(table: Timetable, at: int) -> tuple[float, date]:
    """The shares that have passed of the dates around `at`, and the last date before those.

    Of two dates, as what opens on one may close on the next.
    """
    day = instant(at).astimezone(table.tz).date()
    shares = sum(_passed(table, date.fromordinal(day.toordinal() - ago), at) for ago in (0, 1))
    return shares, date.fromordinal(day.toordinal() - 2)


def _passed(table: Timetable, day: date, at: int) -> float:
    spans = table.day_spans(day)
    passed = sum(max(0, min(at, closes) - opens) for opens, closes in spans)
    return passed / sum(closes - opens for opens, closes in spans) if spans else 0.0


def is_provisional(calendar: Calendar, start: datetime, end: datetime | None = None) -> bool:
    """Whether the stretch touches a year whose holidays are not decreed yet (semantics 6)."""
    table, plans = timetable(calendar), day_plans(calendar)
    instants = (start,) if end is None else (start, end)
    return any(
        plans.is_provisional(instant(micros(at)).astimezone(table.tz).date()) for at in instants
    )
