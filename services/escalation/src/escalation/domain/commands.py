"""What escalation can be told to do with a ticket, and with an engineer."""

from dataclasses import dataclass
from datetime import date, datetime

from escalation.domain.facts import Facts
from reglament.events.registry import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Engineer:
    """An engineer as the decision needs him: level, and what a level may demand (REM-05)."""

    id: str
    active: bool = True
    level: str
    languages: tuple[str, ...] = ()
    qualifications: tuple[str, ...] = ()
    since: date | None = None
    departments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """at: when it happened, aware; facts: what the ticket's other streams have said so far."""

    at: datetime
    actor: Actor
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Enqueue(Command):
    """Put into the queue of its level, or into another place of it (EIL-12, RUS-10)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dequeue(Command):
    """Out of the queue: it has ended, or its acceptance is withdrawn (WIS-21)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Command):
    """The engineer takes the queue's first."""

    engineer: Engineer


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(Command):
    """Somebody gives the ticket to the engineer."""

    engineer: Engineer


@dataclass(frozen=True, slots=True, kw_only=True)
class Unassign(Command):
    """The ticket is taken from its engineer. `because` is a code.

    of: only from this one, whoever has it otherwise keeps it; None: from anybody.
    """

    because: str
    of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reroute(Command):
    """Another department has it now (MIC-06), or it goes on after its end: who had it keeps it
    only if he is there and serves its department. engineers: the desk's.
    """

    engineers: tuple[Engineer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate(Command):
    """By request, to the next level (REM-03). `to` may only name that one."""

    to: str | None = None
    engineers: tuple[Engineer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalateByClock(Command):
    """A clock's step that the policy acts on. step: `75`, `expect`, `-28800s` or `breached`.

    to: `next_level`, or the level beyond which this step does not go.
    """

    metric: str
    cycle: int
    step: str
    to: str = "next_level"
    engineers: tuple[Engineer, ...] = ()


TicketCommand = Enqueue | Dequeue | Claim | Assign | Unassign | Reroute | Escalate | EscalateByClock


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterEngineer:
    """An engineer's whole state, new or changed (contract: PUT)."""

    at: datetime
    actor: Actor
    desk: str
    engineer: Engineer
    name: str
    email: str
    locale: str = "en"
