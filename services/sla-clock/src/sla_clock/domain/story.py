"""A ticket's facts told once, ticket-wide: what all of its clocks have in common."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from reglament.events.registry import Actor
from sla_clock.domain import facts as f
from sla_clock.domain.changes import Change, Kinds, changes_of
from sla_clock.domain.target import Plan

EndKind = Literal["resolved", "closed"]


class Halt(msgspec.Struct, frozen=True, kw_only=True):
    """[since, until): a clock that the reason pauses stands still. until None: it still does.

    why: the desk's reason, where it was put off.
    """

    since: datetime
    until: datetime | None
    reason: str
    by: Actor | None = None
    why: str | None = None


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """From the start of counting until acceptance was withdrawn, if it was."""

    since: datetime
    until: datetime | None = None


class End(msgspec.Struct, frozen=True, kw_only=True):
    """The ticket had ended, resolved or closed, until it was reopened."""

    since: datetime
    until: datetime | None
    kind: EndKind
    by_requester: bool = False
    by: Actor | None = None


class Agreed(msgspec.Struct, frozen=True, kw_only=True):
    """At `at` the client agreed to another due time (semantics 15)."""

    at: datetime
    due_at: datetime
    by: Actor | None = None


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What was said, or ended the talk. since: of an absorbed message, or of one that reopened."""

    at: datetime
    does: Literal["ask", "answer", "absorb", "end", "reopen"]
    since: datetime | None = None


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in order of happening. killed: refused or merged, which ends all clocks."""

    opened_at: datetime
    runs: tuple[Run, ...]
    halts: tuple[Halt, ...]
    ends: tuple[End, ...]
    killed: tuple[datetime, str] | None
    answers: tuple[datetime, ...]
    news: tuple[datetime, ...]
    talk: tuple[Turn, ...]
    work_starts: tuple[datetime, ...]
    changes: tuple[Change, ...]
    schedules: tuple[Agreed, ...]


def story(facts: Iterable[f.Fact], plan: Plan, *, like: Story | None = None) -> Story | None:
    """The story of a ticket's facts; None before it is opened: a returned one has no clock.

    like: the story of the same facts under another plan, where it has been told already.
    """
    told = f.in_order(facts)
    kinds = _by_kind(told)
    if f.Opened not in kinds:
        return None
    opened: f.Opened = kinds[f.Opened][0]
    runs, changes = _runs(told, opened, plan), tuple(changes_of(told, kinds, plan))
    if like is not None:
        return replace(like, runs=runs, changes=changes)
    answers = [
        *_times(kinds, f.DeskAnswered),
        *(one.at for one in kinds.get(f.InfoRequested, ()) if one.by_person),
        *(one.at for one in kinds.get(f.Resolved, ()) if one.by_person),
    ]
    return Story(
        opened_at=opened.original_at or opened.at,
        runs=runs,
        halts=tuple(_halts(told, kinds)),
        ends=tuple(_ends(told, kinds)),
        killed=_killed(told, kinds),
        answers=tuple(sorted(answers)),
        news=tuple(sorted({*answers, *_times(kinds, f.StatusLetterSent, f.Resolved)})),
        talk=tuple(turn for fact in told for turn in _turns(fact)),
        work_starts=_times(kinds, f.Assigned, f.Resolved),
        changes=changes,
        schedules=tuple(
            Agreed(at=fact.at, due_at=fact.due_at, by=fact.actor)
            for fact in kinds.get(f.ScheduleChanged, ())
        ),
    )


def _turns(fact: f.Fact) -> Iterable[Turn]:
    """Kept in the order of the facts, which tells what came first within an instant."""
    match fact:
        case f.RequesterWrote():
            yield Turn(at=fact.at, does="ask")
        case f.DeskAnswered() | f.InfoRequested(by_person=True):
            yield Turn(at=fact.at, does="answer")
        case f.Absorbed(unanswered_since=since) if since is not None:
            yield Turn(at=fact.at, does="absorb", since=since)
        case f.Resolved() | f.Closed():
            if isinstance(fact, f.Resolved) and fact.by_person:
                yield Turn(at=fact.at, does="answer")
            yield Turn(at=fact.at, does="end")
        case f.Reopened():
            yield Turn(at=fact.at, does="reopen", since=fact.at if fact.by_requester else None)


def _by_kind(told: Iterable[f.Fact]) -> Kinds:
    found: dict[type[f.Fact], list[f.Fact]] = {}
    for fact in told:
        found.setdefault(type(fact), []).append(fact)
    return found


def _times(kinds: Kinds, *wanted: type[f.Fact]) -> tuple[datetime, ...]:
    return tuple(sorted(fact.at for kind in wanted for fact in kinds.get(kind, ())))


def _killed(told: Iterable[f.Fact], kinds: Kinds) -> tuple[datetime, str] | None:
    if f.Refused not in kinds and f.Merged not in kinds:
        return None
    first = next(fact for fact in told if isinstance(fact, f.Refused | f.Merged))
    return first.at, "refused" if isinstance(first, f.Refused) else "merged"


def _runs(told: Iterable[f.Fact], opened: f.Opened, plan: Plan) -> tuple[Run, ...]:
    """One run from opening; or, where acceptance starts the clocks, one for each acceptance."""
    if plan.starts == "opened":
        return (Run(since=opened.original_at or opened.at),)
    runs: list[Run] = []
    for fact in told:
        is_running = bool(runs) and runs[-1].until is None
        if isinstance(fact, f.Accepted) and not is_running:
            runs.append(Run(since=fact.at))
        elif isinstance(fact, f.AcceptanceWithdrawn) and is_running:
            runs[-1] = replace(runs[-1], until=fact.at)
    return tuple(runs)


def _halts(told: Iterable[f.Fact], kinds: Kinds) -> Iterable[Halt]:
    """Waiting and deferred, by the statuses of semantics 25.

    Who has the ticket is escalation's word, may come late, and ends neither: as in the ticket view.
    """
    if f.InfoRequested not in kinds and f.Deferred not in kinds:
        return
    reason: str | None = None
    since: f.Fact | None = None
    for fact in told:
        following = _reason_after(fact, reason)
        if following == reason and (reason is None or _why(fact) in {None, _why(since)}):
            continue
        if reason is not None and since is not None:
            yield _halt(since, fact.at, reason)
        reason, since = following, fact
    if reason is not None and since is not None:
        yield _halt(since, None, reason)


def _halt(since: f.Fact, until: datetime | None, reason: str) -> Halt:
    return Halt(since=since.at, until=until, reason=reason, by=since.actor, why=_why(since))


def _why(fact: f.Fact | None) -> str | None:
    return fact.why if isinstance(fact, f.Deferred) else None


def _reason_after(fact: f.Fact, reason: str | None) -> str | None:
    match fact:
        case f.InfoRequested():
            return "waiting"
        case f.Deferred():
            return "deferred"
        case f.RequesterWrote():
            return None if reason == "waiting" else reason
        case f.Resumed() | f.Resolved() | f.Closed() | f.Reopened():
            return None
        case _:
            return reason


def _ends(told: Iterable[f.Fact], kinds: Kinds) -> Iterable[End]:
    if f.Resolved not in kinds and f.Closed not in kinds:
        return
    ended: f.Fact | None = None
    for fact in told:
        if isinstance(fact, f.Resolved | f.Closed) and ended is None:
            ended = fact
        elif isinstance(fact, f.Reopened) and ended is not None:
            yield _end(ended, until=fact.at, by_requester=fact.by_requester)
            ended = None
    if ended is not None:
        yield _end(ended)


def _end(ended: f.Fact, *, until: datetime | None = None, by_requester: bool = False) -> End:
    return End(
        since=ended.at,
        until=until,
        kind="resolved" if isinstance(ended, f.Resolved) else "closed",
        by_requester=by_requester,
        by=ended.actor,
    )
