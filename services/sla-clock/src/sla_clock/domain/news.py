"""The events that lead from what was said of one clock to what it is."""

from collections.abc import Iterator
from datetime import datetime
from typing import TypedDict, cast

from reglament.calendars.calendar import calendar_version
from reglament.events import sla
from reglament.events.registry import Actor, Event
from sla_clock.domain.clock import Clock
from sla_clock.domain.commands import Judge
from sla_clock.domain.said import SaidClock, evolve_clock
from sla_clock.domain.target import Metric

SYSTEM = Actor(kind="system", id="sla-clock")


class _Whose(TypedDict):
    """What every event of one clock says alike."""

    actor: Actor
    metric: Metric
    cycle: int


def news(said: SaidClock | None, clock: Clock, now: datetime, because: str) -> list[Event]:
    """The start first, then corrections, then the rest in order of happening; nothing new -> [].

    Each part is reckoned on what the parts before it have said.
    """
    events: list[Event] = []
    current = said
    if current is None:
        events.append(_started(clock))
        current = evolve_clock(None, events[0])
    for part in (_corrections, _going, _marks):
        fresh = list(part(cast("SaidClock", current), clock, now, because))
        for event in fresh:
            current = evolve_clock(current, event)
        events += fresh
    return sorted(events, key=lambda event: _place(event, clock))


def _place(event: Event, clock: Clock) -> tuple[int, datetime]:
    """In the stream; a breach that a change put into the past follows that change."""
    if isinstance(event, sla.ClockStarted | sla.ClockCorrected):
        return 0, event.at
    if isinstance(event, sla.ClockBreached) and event.cause is not None and clock.changed_at:
        return 1, max(event.at, clock.changed_at)
    return 1, event.at


def withdrawn(key: tuple[str, int], said: SaidClock, command: Judge) -> sla.ClockCorrected:
    """A late event showed that a clock that was said to run never did."""
    return sla.ClockCorrected(
        at=command.at,
        actor=SYSTEM,
        metric=cast("Metric", key[0]),
        cycle=key[1],
        was=said.state,
        state="cancelled",
        because=command.because,
        effective_at=command.at,
    )


def _whose(clock: Clock) -> _Whose:
    return {"actor": SYSTEM, "metric": clock.cycle.metric, "cycle": clock.cycle.number}


def _promise(clock: Clock) -> tuple[str, str, str]:
    return clock.target.within_text, clock.target.calendar_name, clock.priority


def _started(clock: Clock) -> sla.ClockStarted:
    within, calendar, priority = _promise(clock)
    return sla.ClockStarted(
        **_whose(clock),
        at=clock.cycle.started_at,
        started_at=clock.cycle.started_at,
        due_at=clock.due_at,
        within=within,
        calendar=calendar,
        priority=priority,
        calendar_version=calendar_version(clock.target.calendar),
    )


def _corrections(
    said: SaidClock, clock: Clock, now: datetime, because: str
) -> Iterator[sla.ClockCorrected]:
    """What was said turned out wrong by time of happening (semantics 12)."""
    breach_at = None if clock.breach is None else clock.breach.at
    if said.breached_at is not None and said.breached_at != breach_at:
        yield sla.ClockCorrected(
            **_whose(clock),
            at=now,
            was=said.state,
            state=clock.state,
            because=because,
            effective_at=(
                breach_at or clock.ended_at or clock.paused_since or clock.resumed_at or now
            ),
        )
    elif said.met_at is not None and clock.ended_at is not None and said.met_at != clock.met_at:
        yield sla.ClockCorrected(
            **_whose(clock),
            at=now,
            was="met",
            state="cancelled" if clock.met_at is None else "met",
            because=because,
            effective_at=clock.met_at or clock.ended_at,
        )


def _going(said: SaidClock, clock: Clock, now: datetime, because: str) -> Iterator[Event]:
    """Paused, going on, or due at another time; of an ended clock nobody needs to know."""
    del because
    if not clock.is_open:
        return
    is_paused = clock.state == "paused"
    if said.promise != _promise(clock):
        yield _rescheduled(said, clock, clock.changed_by or "policy", clock.changed_at or now)
        if is_paused == said.is_paused and not said.is_ended:
            return
    if is_paused:
        if not said.is_paused or said.is_ended:
            yield _paused(clock, now)
    elif clock.due_at is not None and (said.is_paused or said.is_ended):
        at = clock.resumed_at or now
        yield sla.ClockResumed(**_whose(clock), at=at, due_at=clock.due_at)
    elif clock.due_at != said.due_at:
        yield _moved(said, clock, now)


def _paused(clock: Clock, now: datetime) -> sla.ClockPaused:
    because = clock.paused_because or ""
    return sla.ClockPaused(**_whose(clock), at=clock.paused_since or now, because=because)


def _moved(said: SaidClock, clock: Clock, now: datetime) -> sla.ClockRescheduled:
    """The same promise, another due time: agreed, another calendar, or a pause seen only now."""
    if clock.changed_by is not None and clock.agreed_at == clock.due_at:
        return _rescheduled(said, clock, clock.changed_by, clock.changed_at or now)
    if said.calendar_version not in {None, calendar_version(clock.target.calendar)}:
        return _rescheduled(said, clock, "calendar", now)
    return _rescheduled(said, clock, "pause", clock.resumed_at or now)


def _rescheduled(said: SaidClock, clock: Clock, cause: str, at: datetime) -> sla.ClockRescheduled:
    within, calendar, priority = _promise(clock)
    return sla.ClockRescheduled(
        **_whose(clock),
        at=max(at, clock.cycle.started_at),
        cause=cause,
        due_at=clock.due_at,
        previous_due_at=said.due_at,
        within=within,
        calendar=calendar,
        priority=priority,
        calendar_version=calendar_version(clock.target.calendar),
    )


def _marks(said: SaidClock, clock: Clock, now: datetime, because: str) -> Iterator[Event]:
    """Steps reached, the breach, the end: each once."""
    del now, because
    whose = _whose(clock)
    for step in clock.steps:
        if step.is_reached and step.name not in said.steps:
            yield sla.ClockAtRisk(**whose, at=step.at, step=step.name, due_at=clock.due_at)
    if clock.breach is not None and said.breached_at is None:
        breach = clock.breach
        yield sla.ClockBreached(**whose, at=breach.at, due_at=breach.at, cause=breach.cause)
    if clock.ended_at is not None and (not said.is_ended or said.met_at != clock.met_at):
        yield _end(clock, clock.ended_at)


def _end(clock: Clock, at: datetime) -> Event:
    whose = _whose(clock)
    if clock.met_at is None:
        return sla.ClockCancelled(**whose, at=at, because=clock.ended_because)
    return sla.ClockMet(
        **whose,
        at=at,
        met_at=clock.met_at,
        elapsed_seconds=clock.elapsed.total_seconds(),
        late=clock.breach is not None,
    )
