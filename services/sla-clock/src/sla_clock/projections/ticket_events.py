"""The consumed events by ticket, and the facts that clocks are computed from."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reglament.events import escalations, tickets, work
from reglament.events.codec import decode
from reglament.events.envelope import Envelope
from reglament.events.registry import Event
from reglament.events.tickets import Request
from reglament.kept_plans import keys
from reglament.projections import Row
from sla_clock.domain import facts as f
from sla_clock.domain.reading import read

TABLE = "ticket_events_v1"
LOADED = """key, ticket, source, sequence, type, schema_version, desk, recorded_at,
    policy_version, data"""
# Of our own events those that clocks are computed from: to what they were moved.
OWN = """id::text, subject, source, version, type, schema_version, desk, recorded_at,
    policy_version, convert_from(data, 'UTF8'), at FROM events WHERE type = 'ClocksMigrated'"""
LOAD = f"""
  SELECT {LOADED}, at FROM {TABLE} WHERE ticket = ANY({keys(1, "text")})
  UNION ALL
  SELECT {OWN} AND subject = ANY({keys(1, "text")})
  ORDER BY ticket, at, recorded_at, sequence
"""  # noqa: S608 - a constant


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Whose the ticket became, and at which level of support."""

    at: datetime
    engineer: str
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """To which department the ticket was handed; None: back to the desk."""

    at: datetime
    department: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFacts:
    """What is known of a ticket. requester: whose it is; policy_version: under which it stands.

    assigned, handed, complexity: what reports group by and clocks do not need.
    """

    ticket: str
    desk: str
    requester: str | None
    policy_version: int | None
    facts: tuple[f.Fact, ...]
    causes: dict[str, str]
    assigned: tuple[Held, ...] = ()
    handed: tuple[Handed, ...] = ()
    complexity: str | None = None

    @property
    def latest(self) -> f.Fact | None:
        """The fact that was recorded last."""
        return max(self.facts, key=lambda fact: (fact.recorded_at, fact.at), default=None)


class TicketEvents:
    """A row an event; nothing to fold, so doubled and late events do no harm."""

    name = "ticket_events"
    version = 1

    def __init__(self, handles: Collection[type[Event]]) -> None:
        self.handles = handles

    def keys(self, envelope: Envelope) -> Collection[str]:
        """The event's id."""
        return (envelope.id,)

    def project(self, key: str, row: Row | None, envelope: Envelope) -> Row | None:
        """The event as it came."""
        return row or {
            "key": key,
            "ticket": envelope.subject,
            "source": envelope.source,
            "sequence": envelope.sequence,
            "type": envelope.type,
            "schema_version": envelope.schema_version,
            "desk": envelope.desk,
            "at": envelope.at.isoformat(),
            "recorded_at": envelope.recorded_at.isoformat(),
            "policy_version": envelope.policy_version,
            "data": envelope.data.decode(),
        }


async def load_facts(connection: Any, tickets: Sequence[str]) -> dict[str, TicketFacts]:
    """The tickets' facts in one round trip; a ticket nothing is known of is absent."""
    return facts_by_ticket(await connection.fetch(LOAD, list(tickets)))


def facts_by_ticket(loaded: Sequence[Any]) -> dict[str, TicketFacts]:
    """The facts in rows of LOADED, sorted by ticket and time of happening."""
    return {ticket: facts_of(ticket, rows) for ticket, rows in by_ticket(loaded).items()}


def by_ticket(loaded: Iterable[Any]) -> dict[str, list[Any]]:
    """Each ticket's rows."""
    rows: defaultdict[str, list[Any]] = defaultdict(list)
    for row in loaded:
        rows[row["ticket"]].append(row)
    return rows


def facts_of(ticket: str, rows: Sequence[Any]) -> TicketFacts:
    """One ticket's facts in its rows. Raises codec.Undecodable."""
    facts: list[f.Fact] = []
    assigned: list[Held] = []
    handed: list[Handed] = []
    requester, version, complexity = None, None, None
    for row in rows:
        event = decode(row["type"], row["schema_version"], row["data"].encode())
        facts.extend(read(event, row["recorded_at"], row["key"]))
        match event:
            case Request():
                requester, version = event.requester, row["policy_version"]
            case escalations.Assigned():
                assigned.append(Held(at=event.at, engineer=event.engineer, level=event.level))
            case work.HandedOver():
                handed.append(Handed(at=event.at, department=event.department))
            case tickets.CategoryChanged():
                complexity = event.complexity or complexity
    return TicketFacts(
        ticket=ticket,
        desk=rows[0]["desk"],
        requester=requester,
        policy_version=version,
        facts=f.in_order(facts),
        causes={row["key"]: row["type"] for row in rows},
        assigned=tuple(assigned),
        handed=tuple(handed),
        complexity=complexity,
    )
