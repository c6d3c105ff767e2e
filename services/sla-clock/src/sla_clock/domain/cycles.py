"""When each metric's clock starts, ends and starts again (semantics 9, 13, 14)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Literal

import msgspec
from msgspec.structs import replace

from sla_clock.domain.story import End, Halt, Run, Story, Turn
from sla_clock.domain.target import HANDLING, Metric, Plan

OWED = "next_response"


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How a clock ended: what was promised happened, or it counts no more."""

    at: datetime
    state: Literal["met", "cancelled"]
    because: str = ""


class Cycle(msgspec.Struct, frozen=True, kw_only=True):
    """One clock of a metric. halts: what stops this clock whatever its target says of pauses."""

    metric: Metric
    number: int = 1
    started_at: datetime
    ended: Ending | None = None
    halts: tuple[Halt, ...] = ()


def cycles(metric: Metric, told: Story, plan: Plan) -> tuple[Cycle, ...]:
    """Every clock that the metric has had, the oldest first, numbered from 1."""
    found = chain.from_iterable(_of_run(metric, run, told, plan) for run in told.runs)
    return tuple(
        cycle if cycle.number == n else replace(cycle, number=n)
        for n, cycle in enumerate(found, start=1)
    )


def _of_run(metric: Metric, run: Run, told: Story, plan: Plan) -> Iterator[Cycle]:
    if metric == "next_response":
        found = _exchanges(run, told)
    elif metric == "update":
        found = _silences(run, told)
    else:
        found = _single(metric, run, told, plan)
    yield from _cut(found, _last_instants(run, told))


def _last_instants(run: Run, told: Story) -> list[tuple[datetime, str]]:
    limits = [] if run.until is None else [(run.until, "acceptance withdrawn")]
    return sorted(limits + ([] if told.killed is None else [told.killed]))


def _cut(found: Iterable[Cycle], limits: list[tuple[datetime, str]]) -> Iterator[Cycle]:
    """Refused, merged, or acceptance withdrawn: what is not met by then is cancelled then."""
    for cycle in found:
        if not limits:
            yield cycle
            continue
        at, because = limits[0]
        if cycle.ended is not None and cycle.ended.at <= at:
            yield cycle
        elif cycle.started_at <= at:
            ending = Ending(at=at, state="cancelled", because=because)
            yield replace(cycle, ended=ending)


def _single(metric: Metric, run: Run, told: Story, plan: Plan) -> Iterator[Cycle]:
    """first_response, work_started, handling, resolution: one clock, but for reopening."""
    start: datetime = run.since
    halts: tuple[Halt, ...] = ()
    for end in (end for end in told.ends if end.since >= run.since):
        stop = _first_stop(metric, start, end.since, told)
        if stop is not None:
            break
        ending = _ending(metric, end)
        if end.until is None or plan.on_reopen == "ignore":
            yield Cycle(metric=metric, started_at=start, ended=ending, halts=halts)
            return
        if plan.on_reopen == "restart":
            yield Cycle(metric=metric, started_at=start, ended=ending, halts=halts)
            start, halts = end.until, ()
        else:
            halts = (*halts, Halt(since=end.since, until=end.until, reason="closed", by=end.by))
    stop = _first_stop(metric, start, None, told)
    # What was done while the ticket was closed counts from the reopening on.
    for halt in halts:
        if stop is not None and halt.until is not None and halt.since < stop < halt.until:
            stop = halt.until
    ended = None if stop is None else Ending(at=stop, state="met")
    yield Cycle(metric=metric, started_at=start, ended=ended, halts=halts)


def _first_stop(
    metric: Metric, start: datetime, until: datetime | None, told: Story
) -> datetime | None:
    """The first instant that meets it; one before the start meets it at the start."""
    if metric in HANDLING:
        return None
    stops = told.answers if metric == "first_response" else told.work_starts
    first = next((at for at in stops if at >= told.opened_at), None)
    if first is None or (until is not None and first > until):
        return None
    return max(first, start)


def _ending(metric: Metric, end: End) -> Ending:
    if end.kind == "resolved" and metric in HANDLING:
        return Ending(at=end.since, state="met")
    return Ending(at=end.since, state="cancelled", because="closed")


class _Talk(msgspec.Struct, frozen=True, kw_only=True):
    """asked: since when he waits. has_written: to the ended ticket, and nobody has answered."""

    asked: datetime | None
    has_ended: bool = False
    has_written: bool = False


def _exchanges(run: Run, told: Story) -> Iterator[Cycle]:
    """next_response: from the oldest unanswered message of the requester to our answer."""
    talk = _Talk(asked=run.since if _is_owed(run, told) else None)
    for turn in told.talk:
        if turn.at < run.since:
            continue
        if talk.asked is not None and turn.does in {"answer", "end"}:
            yield _exchange(talk.asked, turn)
        talk = _after(talk, turn)
    if talk.asked is not None:
        yield Cycle(metric="next_response", started_at=talk.asked)


def _after(talk: _Talk, turn: Turn) -> _Talk:
    match turn.does:
        case "answer":
            return _Talk(asked=None, has_ended=talk.has_ended)
        case "end":
            return _Talk(asked=None, has_ended=True, has_written=talk.has_written)
        case "reopen" if talk.has_ended:
            is_asked = turn.since is not None or talk.has_written
            return _Talk(asked=turn.at if is_asked else None)
        case "ask" if talk.has_ended:
            return replace(talk, has_written=True)
        case "ask" | "absorb" if not talk.has_ended:
            asked = turn.since or turn.at
            return replace(talk, asked=asked if talk.asked is None else min(asked, talk.asked))
        case _:
            return talk


def _is_owed(run: Run, told: Story) -> bool:
    """Whether an answer is due as the run starts; the opening message asks first."""
    said = [
        turn.does
        for turn in told.talk
        if told.opened_at <= turn.at < run.since and turn.does in {"ask", "absorb", "answer"}
    ]
    return not said or said[-1] != "answer"


def _exchange(asked: datetime, turn: Turn) -> Cycle:
    is_met = turn.does == "answer"
    ending = Ending(
        at=max(asked, turn.at),
        state="met" if is_met else "cancelled",
        because="" if is_met else "closed",
    )
    return Cycle(metric="next_response", started_at=asked, ended=ending)


def _silences(run: Run, told: Story) -> Iterator[Cycle]:
    """update: from one piece of news for the client to the next.

    While a message of his is unanswered and next_response is promised, that clock speaks of it
    and this one stands still; where it is not promised, silence stays silence.
    """
    halts = _owed(run, told)
    ends = [end for end in told.ends if end.since >= run.since]
    starts = [run.since, *(end.until for end in ends if end.until is not None)]
    for start, end in zip(starts, [*ends, None], strict=False):
        since = start
        for at in told.news:
            if since < at and (end is None or at <= end.since):
                yield _silence(since, Ending(at=at, state="met"), halts)
                since = at
        if end is None:
            yield _silence(since, None, halts)
        elif since < end.since:
            ending = Ending(at=end.since, state="cancelled", because="closed")
            yield _silence(since, ending, halts)


def _silence(start: datetime, ended: Ending | None, halts: tuple[Halt, ...]) -> Cycle:
    until = None if ended is None else ended.at
    own = tuple(
        halt
        for halt in halts
        if (halt.until is None or halt.until > start) and (until is None or halt.since < until)
    )
    return Cycle(metric="update", started_at=start, ended=ended, halts=own)


def _owed(run: Run, told: Story) -> tuple[Halt, ...]:
    if OWED not in told.changes[-1].promises:
        return ()
    return tuple(
        Halt(
            since=exchange.started_at,
            until=None if exchange.ended is None else exchange.ended.at,
            reason=OWED,
        )
        for exchange in _exchanges(run, told)
    )
