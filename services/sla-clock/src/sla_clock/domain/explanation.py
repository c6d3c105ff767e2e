"""A ticket's clocks as people and programs read them (contract, GET /tickets/{id}/sla)."""

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from reglament.calendars.working_time import is_provisional
from sla_clock.domain.clock import Clock, clocks, longest
from sla_clock.domain.facts import Fact
from sla_clock.domain.segments import segments
from sla_clock.domain.target import Plan

Excuses = Callable[[str, int], str | None]


class TargetAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One clock. Seconds are of working time on the target's calendar.

    breach_cause: the change that put the due time into the past. provisional: it lies in a year
    whose holidays are not decreed yet (semantics 6).
    """

    metric: str
    cycle: int
    priority: str
    calendar: str
    within: str
    started_at: datetime
    due_at: datetime | None
    state: str
    elapsed_seconds: float
    remaining_seconds: float
    paused_seconds: float
    longest_seconds: float
    met_at: datetime | None
    breached_at: datetime | None
    expected_at: datetime | None = None
    breach_cause: str | None = None
    excused: str | None = None
    provisional: bool = False


class SegmentAnswer(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A stretch [from, to) of a clock, with whether it counts and why not."""

    metric: str
    cycle: int
    from_: datetime
    to: datetime
    counted: bool
    reason: str


class SlaAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about a ticket's clocks at an instant."""

    policy_version: int
    targets: tuple[TargetAnswer, ...]
    segments: tuple[SegmentAnswer, ...]


def explain(
    facts: Iterable[Fact], plan: Plan, now: datetime, excuse_of: Excuses = lambda _m, _c: None
) -> SlaAnswer:
    """The clocks at `now`, by what had been recorded by then: live, as_of and preview alike.

    excuse_of: metric and cycle -> the reason by which its breach was excused, if it was.
    """
    found = clocks(facts, plan, now)
    return SlaAnswer(
        policy_version=plan.version,
        targets=tuple(target_answer(clock, found, excuse_of) for clock in found),
        segments=tuple(
            SegmentAnswer(
                metric=part.metric,
                cycle=part.cycle,
                from_=part.start,
                to=part.end,
                counted=part.counted,
                reason=part.reason,
            )
            for part in segments(found, now)
        ),
    )


def target_answer(clock: Clock, found: Iterable[Clock], excuse_of: Excuses) -> TargetAnswer:
    """One clock in the contract's words; `found`: all of the ticket's, for the longest cycle."""
    metric, cycle = clock.cycle.metric, clock.cycle.number
    due_at = clock.due_at
    return TargetAnswer(
        metric=metric,
        cycle=cycle,
        priority=clock.priority,
        calendar=clock.target.calendar_name,
        within=clock.target.within_text,
        started_at=clock.cycle.started_at,
        expected_at=clock.expected_at,
        due_at=due_at,
        state=clock.state,
        elapsed_seconds=clock.elapsed.total_seconds(),
        remaining_seconds=clock.remaining.total_seconds(),
        paused_seconds=clock.paused.total_seconds(),
        longest_seconds=longest(found, clock).total_seconds(),
        met_at=clock.met_at,
        breached_at=None if clock.breach is None else clock.breach.at,
        breach_cause=None if clock.breach is None else clock.breach.cause,
        excused=excuse_of(metric, cycle),
        provisional=due_at is not None and is_provisional(clock.target.calendar, due_at),
    )
