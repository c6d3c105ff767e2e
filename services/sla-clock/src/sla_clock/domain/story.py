"""A ticket's facts told once, ticket-wide: what all of its clocks have in common."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from reglament.events.registry import Actor
from sla_clock.domain import facts as f
from sla_clock.domain.target import Circumstances, Plan, Promises, Target, promises

EndKind = Literal["resolved", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """[since, until): a clock that the reason pauses stands still. until None: it still does."""

    since: datetime
    until: datetime | None
    reason: str
    by: Actor | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """From the start of counting until acceptance was withdrawn, if it was."""

    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The ticket had ended, resolved or closed, until it was reopened."""

    since: datetime
    until: datetime | None
    kind: EndKind
    by_requester: bool = False
    by: Actor | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """From `at` on these promises hold. restart: budgets count from here."""

    at: datetime
    cause: str | None
    priority: str
    promises: Promises
    restart: bool = False
    by: Actor | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """At `at` the client agreed to another due time (semantics 15)."""

    at: datetime
    due_at: datetime
    by: Actor | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Everything in order of happening. killed: refused or merged, which ends all clocks."""

    opened_at: datetime
    runs: tuple[Run, ...]
    halts: tuple[Halt, ...]
    ends: tuple[End, ...]
    killed: tuple[datetime, str] | None
    answers: tuple[datetime, ...]
    news: tuple[datetime, ...]
    messages: tuple[datetime, ...]
    absorbed: tuple[tuple[datetime, datetime], ...]
    work_starts: tuple[datetime, ...]
    changes: tuple[Change, ...]
    schedules: tuple[Agreed, ...]


def story(facts: Iterable[f.Fact], plan: Plan) -> Story | None:
    """The story of a ticket's facts; None before it is opened: a returned one has no clock."""
    told = f.in_order(facts)
    opened = next((fact for fact in told if isinstance(fact, f.Opened)), None)
    if opened is None:
        return None
    answers = _times(told, f.DeskAnswered) + tuple(
        fact.at
        for fact in told
        if isinstance(fact, f.InfoRequested | f.Resolved) and fact.by_person
    )
    return Story(
        opened_at=opened.original_at or opened.at,
        runs=_runs(told, opened, plan),
        halts=tuple(_halts(told)),
        ends=tuple(_ends(told)),
        killed=_killed(told),
        answers=tuple(sorted(answers)),
        news=tuple(sorted({*answers, *_times(told, f.StatusLetterSent, f.Resolved)})),
        messages=_times(told, f.RequesterWrote),
        absorbed=tuple(
            (fact.at, fact.unanswered_since)
            for fact in told
            if isinstance(fact, f.Absorbed) and fact.unanswered_since is not None
        ),
        work_starts=_times(told, f.Assigned, f.Resolved),
        changes=tuple(_changes(told, opened, plan)),
        schedules=tuple(
            Agreed(at=fact.at, due_at=fact.due_at, by=fact.actor)
            for fact in told
            if isinstance(fact, f.ScheduleChanged)
        ),
    )


def _times(told: Iterable[f.Fact], *kinds: type[f.Fact]) -> tuple[datetime, ...]:
    return tuple(fact.at for fact in told if isinstance(fact, kinds))


def _killed(told: Iterable[f.Fact]) -> tuple[datetime, str] | None:
    for fact in told:
        if isinstance(fact, f.Refused):
            return fact.at, "refused"
        if isinstance(fact, f.Merged):
            return fact.at, "merged"
    return None


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


def _halts(told: Iterable[f.Fact]) -> Iterable[Halt]:
    """Waiting and deferred, by the statuses of semantics 25.

    Who has the ticket is escalation's word, may come late, and ends neither: as in the ticket view.
    """
    reason: str | None = None
    since: f.Fact | None = None
    for fact in told:
        following = _reason_after(fact, reason)
        if following == reason:
            continue
        if reason is not None and since is not None:
            yield Halt(since=since.at, until=fact.at, reason=reason, by=since.actor)
        reason, since = following, fact
    if reason is not None and since is not None:
        yield Halt(since=since.at, until=None, reason=reason, by=since.actor)


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


def _ends(told: Iterable[f.Fact]) -> Iterable[End]:
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


def _changes(told: Iterable[f.Fact], opened: f.Opened, plan: Plan) -> Iterable[Change]:
    targets: tuple[Target, ...] = plan.targets
    of = Circumstances(
        priority=opened.priority,
        category=opened.category,
        service_level=opened.service_level,
        channel=opened.channel,
        contract=opened.contract,
        own_targets=opened.own_targets,
    )
    at = opened.original_at or opened.at
    yield Change(at=at, cause=None, priority=of.priority, promises=promises(plan, targets, of))
    for fact in told:
        of, cause = _circumstances_after(fact, of)
        if isinstance(fact, f.TargetsSwapped):
            targets, cause = fact.targets, "policy"
        elif isinstance(fact, f.Migrated):
            targets, cause = plan.targets_of(fact.version), "policy"
        if cause is not None:
            yield Change(
                at=fact.at,
                cause=cause,
                priority=of.priority,
                promises=promises(plan, targets, of),
                restart=isinstance(fact, f.TargetsSwapped) and fact.from_change,
                by=fact.actor,
            )


def _circumstances_after(fact: f.Fact, of: Circumstances) -> tuple[Circumstances, str | None]:
    match fact:
        case f.PriorityChanged(priority=priority):
            return replace(of, priority=priority), "priority"
        case f.CategoryChanged(category=category) if category is not None:
            return replace(of, category=category), "category"
        case f.ServiceLevelAssigned(service_level=level, contract=contract, own_targets=own):
            cause = "service_level" if contract == of.contract else "contract"
            changed = replace(of, service_level=level, contract=contract, own_targets=own)
            return changed, cause
        case _:
            return of, None
