"""Every stretch of a clock's time, with whether it counts and why not (contract, segments)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from reglament.calendars.stretches import Stretch, stretches
from sla_clock.domain.clock import Clock
from sla_clock.domain.target import Metric

COUNTED = "working time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """[start, end) of one clock. reason: working time; night, break, weekend, override,
    `holiday 2026-11-04 Unity Day`; waiting, deferred, closed, next_response.
    """

    metric: Metric
    cycle: int
    start: datetime
    end: datetime
    counted: bool
    reason: str


def segments(found: Iterable[Clock], now: datetime) -> Iterator[Segment]:
    """Of every clock from its start to its end, or to `now`, without gaps or overlaps."""
    for clock in found:
        yield from _of_clock(clock, clock.ended_at or now)


def _of_clock(clock: Clock, end: datetime) -> Iterator[Segment]:
    at = clock.counts_from
    for halt in clock.halts:
        since, until = max(halt.since, at), min(halt.until or end, end)
        if since >= end or until <= since:
            continue
        yield from _by_calendar(clock, at, since)
        yield _segment(clock, since, until, halt.reason)
        at = until
    yield from _by_calendar(clock, at, end)


def _by_calendar(clock: Clock, start: datetime, end: datetime) -> Iterator[Segment]:
    for stretch in stretches(clock.target.calendar, start, end):
        yield _segment(clock, stretch.start, stretch.end, _reason(stretch))


def _reason(stretch: Stretch) -> str:
    if stretch.closed_because is None:
        return COUNTED
    parts = (stretch.closed_because, stretch.day, stretch.name)
    return " ".join(str(part) for part in parts if part)


def _segment(clock: Clock, start: datetime, end: datetime, reason: str) -> Segment:
    return Segment(
        metric=clock.cycle.metric,
        cycle=clock.cycle.number,
        start=start,
        end=end,
        counted=reason == COUNTED,
        reason=reason,
    )
