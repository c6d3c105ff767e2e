"""What sla-clock has said of a ticket's clocks: the state of its stream. Only copies facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from msgspec.structs import replace

from reglament.events import sla
from reglament.events.registry import Event

Key = tuple[str, int]


class SaidClock(msgspec.Struct, frozen=True, kw_only=True):
    """One clock as its events left it. promise: within, calendar, priority."""

    promise: tuple[str | None, str | None, str | None]
    due_at: datetime | None
    calendar_version: str | None = None
    is_paused: bool = False
    is_ended: bool = False
    breached_at: datetime | None = None
    met_at: datetime | None = None
    steps: frozenset[str] = frozenset()
    excused: str | None = None

    @property
    def state(self) -> str:
        """In the contract's words."""
        if self.breached_at is not None:
            return "breached"
        if self.is_ended:
            return "met" if self.met_at is not None else "cancelled"
        return "paused" if self.is_paused else "running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Every clock of the ticket by metric and cycle."""

    clocks: Mapping[Key, SaidClock] = field(default_factory=dict)

    def excuse_of(self, metric: str, cycle: int) -> str | None:
        """The reason by which a breach was excused."""
        clock = self.clocks.get((metric, cycle))
        return clock.excused if clock is not None else None


def evolve(said: Said, event: Event) -> Said:
    """The state after one more event; events that are not a clock's change nothing."""
    if not isinstance(event, sla.ClockEvent):
        return said
    key = (event.metric, event.cycle)
    clock = evolve_clock(said.clocks.get(key), event)
    return said if clock is None else Said(clocks={**said.clocks, key: clock})


def evolve_clock(clock: SaidClock | None, event: Event) -> SaidClock | None:
    """One clock after one of its events; None where it was never said to have started."""
    if isinstance(event, sla.ClockStarted):
        return SaidClock(
            promise=(event.within, event.calendar, event.priority),
            due_at=event.due_at,
            calendar_version=event.calendar_version,
        )
    if clock is None:
        return None
    return _ended(clock, event) or _going(clock, event)


def _going(clock: SaidClock, event: Event) -> SaidClock:
    match event:
        case sla.ClockPaused():
            return replace(clock, is_paused=True, is_ended=False, met_at=None, due_at=None)
        case sla.ClockResumed(due_at=due_at):
            return replace(clock, is_paused=False, is_ended=False, met_at=None, due_at=due_at)
        case sla.ClockRescheduled():
            said = (event.within, event.calendar, event.priority)
            promise = tuple(new or old for new, old in zip(said, clock.promise, strict=True))
            within, calendar, priority = promise
            return replace(
                clock,
                promise=(within, calendar, priority),
                due_at=event.due_at,
                calendar_version=event.calendar_version or _version_after(clock, event),
            )
        case sla.ClockAtRisk(step=step):
            return replace(clock, steps=clock.steps | {step})
        case sla.ClockExcused(reason=reason):
            return replace(clock, excused=reason)
        case _:
            return clock


def _version_after(clock: SaidClock, event: sla.ClockRescheduled) -> str | None:
    """Events of the first release do not name the calendar's version."""
    return None if event.cause == "calendar" else clock.calendar_version


def _ended(clock: SaidClock, event: Event) -> SaidClock | None:
    match event:
        case sla.ClockBreached(due_at=due_at):
            return replace(clock, breached_at=due_at, due_at=due_at, is_paused=False)
        case sla.ClockMet(met_at=met_at):
            return replace(clock, is_ended=True, met_at=met_at)
        case sla.ClockCancelled():
            return replace(clock, is_ended=True, met_at=None)
        case sla.ClockCorrected():
            return _corrected(clock, event)
        case _:
            return None


def _corrected(clock: SaidClock, event: sla.ClockCorrected) -> SaidClock:
    breached_at = None if event.was == "breached" else clock.breached_at
    due_at = clock.due_at
    if event.state == "breached":
        breached_at = due_at = event.effective_at
    met_at = event.effective_at if event.state == "met" and clock.is_ended else clock.met_at
    is_gone = event.state == "cancelled"
    return replace(
        clock,
        breached_at=breached_at,
        due_at=due_at,
        met_at=None if is_gone else met_at,
        is_ended=clock.is_ended or is_gone,
    )
