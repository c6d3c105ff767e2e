"""The clock: one pure function of the ticket's facts, the plan and now (semantics 8-17)."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

import msgspec

from sla_clock.domain.cycles import Cycle, cycles
from sla_clock.domain.facts import Fact, known_at
from sla_clock.domain.reckoning import Due, Halts, Window, due_of, expected_at, halts_of
from sla_clock.domain.steps import Step, steps_of
from sla_clock.domain.story import Halt, Story, story
from sla_clock.domain.target import METRICS, Plan, Target
from sla_clock.domain.windows import windows_of

Laid = tuple[Window, Halts]
State = Literal["running", "paused", "met", "breached", "cancelled"]


class Breach(msgspec.Struct, frozen=True, kw_only=True):
    """at: the due time. cause: the change that put it into the past, if one did."""

    at: datetime
    cause: str | None = None


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """What one target of a ticket is at an instant; the contract's Target, and what fires.

    due_at: None while paused, or where nothing is promised any more. elapsed, remaining, paused:
    working time on the target's calendar; remaining is negative after due. steps: those to come
    as well. A breach stays: met late, the state is `breached` and met_at says when.
    agreed_at: the due time agreed with the client, where a schedule change set one.
    laid: every promise that held, with what stopped it, in order: where its due time comes from.
    """

    cycle: Cycle
    target: Target
    priority: str
    state: State
    due_at: datetime | None
    expected_at: datetime | None
    elapsed: timedelta
    remaining: timedelta
    paused: timedelta
    ended_at: datetime | None
    ended_because: str = ""
    breach: Breach | None = None
    paused_since: datetime | None = None
    paused_because: str | None = None
    resumed_at: datetime | None = None
    changed_by: str | None = None
    changed_at: datetime | None = None
    counts_from: datetime
    halts: tuple[Halt, ...] = ()
    agreed_at: datetime | None = None
    steps: tuple[Step, ...] = ()
    laid: tuple[Laid, ...] = ()

    @property
    def met_at(self) -> datetime | None:
        """When what was promised happened."""
        is_met = self.cycle.ended is not None and self.cycle.ended.state == "met"
        return self.ended_at if is_met and self.state != "cancelled" else None

    @property
    def is_open(self) -> bool:
        """Whether it may still be met or breached."""
        return self.ended_at is None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a clock was met or breached, and by when it is due: all that a simulation asks."""

    cycle: Cycle
    last: Window
    state: State
    due: Due
    halted: Halt | None
    ended_at: datetime | None
    ended_because: str
    breach: Breach | None
    laid: tuple[Laid, ...]

    @property
    def due_at(self) -> datetime | None:
        """Where it was breached, or is due now; None while paused."""
        return self.breach.at if self.breach is not None else self.due.at


def clocks(facts: Iterable[Fact], plan: Plan, now: datetime) -> tuple[Clock, ...]:
    """Every clock that the ticket has had by `now`, by what had been recorded by then."""
    return tuple(_clock(verdict, now) for verdict in verdicts(facts, plan, now))


def verdicts(
    facts: Iterable[Fact], plan: Plan, now: datetime, metrics: Collection[str] = METRICS
) -> Iterator[Verdict]:
    """What became of every clock of these metrics; `clocks` says the rest."""
    told = story(known_at(facts, now), plan)
    if told is not None:
        yield from judged(told, plan, now, metrics)


def judged(
    told: Story, plan: Plan, now: datetime, metrics: Collection[str] = METRICS
) -> Iterator[Verdict]:
    """`verdicts` of a story that has been told, as of `now`."""
    promised = {metric for change in told.changes for metric in change.promises}
    for metric in METRICS:
        if metric in promised and metric in metrics:
            for cycle in cycles(metric, told, plan):
                verdict = _verdict(cycle, told, now)
                if verdict is not None:
                    yield verdict


def next_look(found: Iterable[Clock], now: datetime) -> datetime | None:
    """When a step or a due time comes next, if nothing else happens; None: never."""
    ahead = [
        at
        for clock in found
        if clock.is_open
        for at in (
            *(step.at for step in clock.steps),
            *([clock.due_at] if clock.breach is None else []),
        )
        if at is not None and at > now
    ]
    return min(ahead, default=None)


def longest(found: Iterable[Clock], clock: Clock) -> timedelta:
    """The longest that any cycle of the clock's metric has taken."""
    metric = clock.cycle.metric
    return max(other.elapsed for other in found if other.cycle.metric == metric)


def _verdict(cycle: Cycle, told: Story, now: datetime) -> Verdict | None:
    windows = windows_of(cycle, told)
    laid = tuple(
        (window, halts_of(cycle, told, window.target))
        for window in windows
        if window.target is not None
    )
    if not laid:
        return None
    last = windows[-1]
    ended_at, because = _ended(cycle, last)
    dues = [due_of(window, halts) for window, halts in laid]
    breach = _breach(laid, dues, windows, ended_at or now)
    halted = laid[-1][1].at(now) if ended_at is None and breach is None else None
    return Verdict(
        cycle=cycle,
        last=last,
        state=_state(cycle, last, breach, is_paused=halted is not None),
        due=dues[-1],
        halted=halted,
        ended_at=ended_at,
        ended_because=because,
        breach=breach,
        laid=laid,
    )


def _clock(verdict: Verdict, now: datetime) -> Clock:
    window, halts = verdict.laid[-1]
    target, breach, halted = window.promised, verdict.breach, verdict.halted
    ended_at = verdict.ended_at
    end, expected = ended_at or now, expected_at(window, halts)
    return Clock(
        cycle=verdict.cycle,
        target=target,
        priority=verdict.last.priority,
        state=verdict.state,
        due_at=verdict.due_at,
        expected_at=expected,
        elapsed=halts.counted(target.calendar, window.counts_from, end),
        remaining=verdict.due.remaining(target.calendar, breach.at if breach else None, end),
        paused=halts.paused(target.calendar, window.counts_from, end),
        ended_at=ended_at,
        ended_because=verdict.ended_because,
        breach=breach,
        paused_since=halted.since if halted is not None else None,
        paused_because=halted.reason if halted is not None else None,
        resumed_at=halts.last_end(now),
        counts_from=window.counts_from,
        halts=halts.spans,
        agreed_at=None if window.agreed is None else window.agreed.due_at,
        changed_by=window.cause,
        changed_at=window.since if window.cause else None,
        laid=verdict.laid,
        steps=steps_of(window, halts, verdict.due_at, expected, end, is_ended=bool(ended_at)),
    )


def _ended(cycle: Cycle, last: Window) -> tuple[datetime | None, str]:
    """By the cycle's own ending, or because a change left no promise."""
    if last.target is None:
        return last.since, f"no target since {last.cause} changed"
    if cycle.ended is None:
        return None, ""
    return cycle.ended.at, cycle.ended.because


def _state(cycle: Cycle, last: Window, breach: Breach | None, *, is_paused: bool) -> State:
    if last.target is None or (cycle.ended is not None and cycle.ended.state == "cancelled"):
        return "cancelled"
    if breach is not None:
        return "breached"
    if cycle.ended is not None:
        return "met"
    return "paused" if is_paused else "running"


def _breach(
    laid: Iterable[Laid], dues: Iterable[Due], windows: tuple[Window, ...], end: datetime
) -> Breach | None:
    """The first due time that passed under the promise that held then (semantics 11, 12)."""
    following = dict(pairwise(window.since for window in windows)) if len(windows) > 1 else {}
    for (window, _), due_then in zip(laid, dues, strict=True):
        due = due_then.at
        until = following.get(window.since)
        if due is not None and (due < until if until is not None else due <= end):
            is_late = due < window.since
            return Breach(at=due, cause=window.cause if is_late else None)
    return None
