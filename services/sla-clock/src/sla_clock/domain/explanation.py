"""A ticket's clocks as people and programs read them (contract, GET /tickets/{id}/sla)."""

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from reglament.calendars.working_time import is_provisional
from reglament.events.registry import Actor
from sla_clock.domain.clock import Clock, clocks, longest
from sla_clock.domain.facts import Fact
from sla_clock.domain.segments import Segment, segments
from sla_clock.domain.target import Plan
from sla_clock.domain.wording import Locale, text_of

Excuses = Callable[[str, int], str | None]


class StepAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An at-risk step of the budget (percent, `expect`) or an offset, and when it falls."""

    step: str
    at: datetime
    reached: bool


class TargetAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One clock. Seconds are of working time on the target's calendar.

    breach_cause: the change that put the due time into the past. agreed_at: the due time agreed
    with the client. steps: those still of interest, passed and to come. provisional: it lies in
    a year whose holidays are not decreed yet (semantics 6).
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
    agreed_at: datetime | None = None
    steps: tuple[StepAnswer, ...] = ()
    excused: str | None = None
    provisional: bool = False


class MoveAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The due time became `due_at` instead of `was`, by the change or the pause named."""

    cause: str
    was: datetime
    due_at: datetime
    by: Actor | None


class SegmentAnswer(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A stretch [from, to) of a clock, with whether it counts and why not.

    reason: the code, of a day off with its date and English name; text: for the reader, in his
    language. by: who made the clock stand still. moved: the due time moved where it begins.
    """

    metric: str
    cycle: int
    from_: datetime
    to: datetime
    counted: bool
    reason: str
    code: str
    text: str
    by: Actor | None = None
    moved: MoveAnswer | None = None


class SlaAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about a ticket's clocks at an instant."""

    policy_version: int
    targets: tuple[TargetAnswer, ...]
    segments: tuple[SegmentAnswer, ...]


def explain(
    facts: Iterable[Fact],
    plan: Plan,
    now: datetime,
    excuse_of: Excuses = lambda _m, _c: None,
    locale: Locale = "en",
) -> SlaAnswer:
    """The clocks at `now`, by what had been recorded by then: live, as_of and preview alike.

    excuse_of: metric and cycle -> the reason by which its breach was excused, if it was.
    locale: of the segments' texts.
    """
    found = clocks(facts, plan, now)
    return SlaAnswer(
        policy_version=plan.version,
        targets=tuple(target_answer(clock, found, excuse_of) for clock in found),
        segments=tuple(segment_answer(part, locale) for part in segments(found, now)),
    )


def segment_answer(part: Segment, locale: Locale = "en") -> SegmentAnswer:
    """One segment in the contract's words, told in that language."""
    move = part.moved
    return SegmentAnswer(
        metric=part.metric,
        cycle=part.cycle,
        from_=part.start,
        to=part.end,
        counted=part.counted,
        reason=part.reason,
        code=part.code,
        text=text_of(part, locale),
        by=part.by,
        moved=None
        if move is None
        else MoveAnswer(cause=move.cause, was=move.was, due_at=move.due_at, by=move.by),
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
        agreed_at=clock.agreed_at,
        steps=tuple(
            StepAnswer(step=step.name, at=step.at, reached=step.is_reached) for step in clock.steps
        ),
        excused=excuse_of(metric, cycle),
        provisional=due_at is not None and is_provisional(clock.target.calendar, due_at),
    )
