"""What sla-clock can be told to do with a ticket's clocks."""

from dataclasses import dataclass
from datetime import datetime

from reglament.events.registry import Actor, ContentRef
from sla_clock.domain.facts import Fact
from sla_clock.domain.target import Editions, Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Look at the clocks: something happened to the ticket, or a timer came due.

    facts: all that is known of the ticket, the new one included. at: now.
    because: id or name of what gave rise to it, for corrections.
    """

    facts: tuple[Fact, ...]
    at: datetime
    because: str = "timer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuse:
    """An agent excuses a breach with one of the desk's reasons (semantics 12)."""

    metric: Metric
    cycle: int
    reason: str
    at: datetime
    actor: Actor
    content: ContentRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrate:
    """The targets of another policy version hold from now on (semantics 16).

    editions: region, version: of the holidays that hold as well; empty: as before.
    judge: the look that follows, whose facts know of it already.
    """

    previous: int
    version: int
    editions: Editions = ()
    actor: Actor
    judge: Judge


ClockCommand = Judge | Migrate | Excuse
