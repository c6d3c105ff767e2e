"""What happened to a ticket, as far as a clock cares: the domain's own words for it.

Made from the events of tickets, escalations and notifications (`reading.py`), from a preview's
made-up events, or from a test; the clock cannot tell which, and must not.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from reglament.events.registry import Actor
from sla_clock.domain.target import Editions, OwnTarget, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """at: when it happened. recorded_at: when we stored it (semantics 23). id: of the event.

    actor: who did it, which the clock tells and never judges by.
    """

    at: datetime
    recorded_at: datetime
    id: str = ""
    actor: Actor | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Fact):
    """A conforming request is registered. original_at: of the message a split child is part of."""

    priority: str
    category: str | None = None
    channel: str | None = None
    service_level: str | None = None
    contract: str | None = None
    own_targets: tuple[OwnTarget, ...] = ()
    original_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(Fact):
    """The desk's condition of acceptance is met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceWithdrawn(Fact):
    """It turned out not to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Fact):
    """The ticket was refused after it was registered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged(Fact):
    """The ticket went into another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absorbed(Fact):
    """Another ticket came into this one, with its oldest unanswered message, if it had one."""

    unanswered_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequesterWrote(Fact):
    """A message of the requester, the information asked for included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskAnswered(Fact):
    """A person of the desk wrote publicly, or called to answer. Resolved is a fact of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusLetterSent(Fact):
    """A letter that tells the client news, whoever or whatever wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoRequested(Fact):
    """The ticket waits for the client. by_person: it is also an answer to him."""

    by_person: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred(Fact):
    """Put off. why: the desk's reason, which reports tell apart."""

    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(Fact):
    """Neither waiting nor deferred any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned(Fact):
    """An engineer has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityChanged(Fact):
    """Targets are matched anew."""

    priority: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryChanged(Fact):
    """Targets are matched anew."""

    category: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevelAssigned(Fact):
    """Contract, level and own targets found anew; targets are matched anew."""

    service_level: str | None
    contract: str | None = None
    own_targets: tuple[OwnTarget, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleChanged(Fact):
    """Another due time of handling and resolution, agreed with the client."""

    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetsSwapped(Fact):
    """Other targets in place of the policy's: a migration, or a preview's question.

    from_change: the budgets are counted from here instead of from the ticket's start.
    """

    targets: tuple[Target, ...]
    from_change: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated(Fact):
    """From here on the targets of another version of the desk's policy hold (semantics 16).

    editions: region, version: of the holidays that hold as well; empty: as before.
    """

    version: int
    editions: Editions = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved(Fact):
    """The answer that ends it. by_person: no integrator's key and no bot, so it also answers."""

    by_person: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(Fact):
    """The end, with or without an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened(Fact):
    """It goes on. by_requester: because he wrote again, so that a message is unanswered."""

    by_requester: bool = False


def in_order(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """By time of happening, then of recording, then as given (semantics 23)."""
    return tuple(sorted(facts, key=lambda fact: (fact.at, fact.recorded_at)))


def known_at(facts: Iterable[Fact], moment: datetime) -> tuple[Fact, ...]:
    """What had happened and had been recorded by `moment`: `as_of` (semantics 23)."""
    return in_order(fact for fact in facts if fact.recorded_at <= moment and fact.at <= moment)
