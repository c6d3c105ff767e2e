"""Every stretch of a clock's time, with whether it counts and why not (contract, segments)."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from reglament.calendars.calendar import Calendar
from reglament.calendars.stretches import Stretch, stretches
from reglament.events.registry import Actor
from sla_clock.domain.clock import Clock
from sla_clock.domain.moves import Move, moves
from sla_clock.domain.target import Metric

COUNTED = "working time"
RESTARTED = "restarted"


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """[start, end) of one clock. code: `working time`; night, break, weekend, override, holiday;
    waiting, deferred, closed, next_response; restarted: a change gave a new budget afterwards.

    day: the local date of a holiday or override, name: the holiday's in English. by: who made the
    clock stand still. moved: the due time became another one where this segment begins.
    """

    metric: Metric
    cycle: int
    start: datetime
    end: datetime
    code: str
    calendar: Calendar
    day: date | None = None
    name: str | None = None
    by: Actor | None = None
    moved: Move | None = None

    @property
    def counted(self) -> bool:
        """Whether the budget was spent."""
        return self.code == COUNTED

    @property
    def reason(self) -> str:
        """The code, of a day off with its date and name: `holiday 2026-11-04 Unity Day`."""
        if self.day is None:
            return self.code
        return " ".join(str(part) for part in (self.code, self.day, self.name) if part)


def segments(found: Iterable[Clock], now: datetime) -> Iterator[Segment]:
    """Of every clock from its start to its end, or to `now`, without gaps or overlaps."""
    for clock in found:
        yield from _cut(_of_clock(clock, clock.ended_at or now), moves(clock, now))


def _cut(parts: Iterable[Segment], moved: Iterable[Move]) -> Iterator[Segment]:
    """Each segment cut where the due time moved; what begins there says how."""
    ahead = list(moved)
    for part in parts:
        rest = part
        while ahead and ahead[0].at < rest.end:
            move = ahead.pop(0)
            if move.at > rest.start:
                yield replace(rest, end=move.at)
                rest = replace(rest, start=move.at, moved=None)
            was = move.was if rest.moved is None else rest.moved.was
            rest = replace(rest, moved=replace(move, was=was))
        yield rest


def _of_clock(clock: Clock, end: datetime) -> Iterator[Segment]:
    at = min(clock.counts_from, end)
    if clock.cycle.started_at < at:
        yield _segment(clock, clock.cycle.started_at, at, RESTARTED)
    for halt in clock.halts:
        since, until = max(halt.since, at), min(halt.until or end, end)
        if since >= end or until <= since:
            continue
        yield from _by_calendar(clock, at, since)
        yield replace(_segment(clock, since, until, halt.reason), by=halt.by)
        at = until
    yield from _by_calendar(clock, at, end)


def _by_calendar(clock: Clock, start: datetime, end: datetime) -> Iterator[Segment]:
    for stretch in stretches(clock.target.calendar, start, end):
        yield _of_stretch(clock, stretch)


def _of_stretch(clock: Clock, stretch: Stretch) -> Segment:
    plain = _segment(clock, stretch.start, stretch.end, stretch.closed_because or COUNTED)
    if stretch.day is None:
        return plain
    return replace(plain, day=stretch.day, name=stretch.name or None)


def _segment(clock: Clock, start: datetime, end: datetime, code: str) -> Segment:
    return Segment(
        metric=clock.cycle.metric,
        cycle=clock.cycle.number,
        start=start,
        end=end,
        code=code,
        calendar=clock.target.calendar,
    )
