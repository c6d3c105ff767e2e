"""What letters need of tickets and engineers, out of others' events."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import msgspec

from notifier.domain.ticket import Ticket, evolve
from reglament.events import tickets, work
from reglament.events.envelope import Envelope
from reglament.events.escalations import Assigned, EngineerRegistered, Unassigned
from reglament.events.registry import Event
from reglament.projections import Row

LOAD = """
SELECT t.key, t.desk, t.policy_version, t.ticket::text AS ticket,
  a.engineer IS NOT NULL AS assigned
FROM tickets_v1 t LEFT JOIN assignments_v1 a USING (key) WHERE t.key = ANY($1)"""


class Tickets:
    """One row a ticket: `Ticket` as JSON, with the policy version that it stands under."""

    name = "tickets"
    version = 1
    handles: Collection[type[Event]] = (
        tickets.TicketOpened,
        tickets.TicketReturned,
        tickets.MessageAdded,
        tickets.DuplicateJoined,
        tickets.PriorityChanged,
        tickets.InfoRequested,
        tickets.InfoProvided,
        tickets.Resolved,
        tickets.TicketClosed,
        work.CallbackRequested,
    )

    def keys(self, envelope: Envelope) -> Collection[str]:
        """The ticket."""
        return (envelope.subject,)

    def project(self, key: str, row: Row | None, envelope: Envelope) -> Row | None:
        """The ticket after the event."""
        before = None if row is None else msgspec.convert(row["ticket"], Ticket)
        ticket = evolve(before, envelope.event)
        if ticket is None:
            return row
        return {
            "key": key,
            "desk": envelope.desk,
            "policy_version": envelope.policy_version,
            "ticket": msgspec.to_builtins(ticket),
        }


class Engineers:
    """How engineers are reached. Key: desk/engineer."""

    name = "engineers"
    version = 1
    handles: Collection[type[Event]] = (EngineerRegistered,)

    def keys(self, envelope: Envelope) -> Collection[str]:
        """desk/engineer."""
        return (envelope.subject,)

    def project(self, key: str, row: Row | None, envelope: Envelope) -> Row | None:
        """The newest state, which the event is."""
        event = envelope.event
        if not isinstance(event, EngineerRegistered):
            return row
        return {"key": key, "name": event.name, "email": event.email, "locale": event.locale}


class Assignments:
    """A row while somebody has the ticket."""

    name = "assignments"
    version = 1
    handles: Collection[type[Event]] = (Assigned, Unassigned)

    def keys(self, envelope: Envelope) -> Collection[str]:
        """The ticket."""
        return (envelope.subject,)

    def project(self, key: str, row: Row | None, envelope: Envelope) -> Row | None:
        """Who has it now."""
        event = envelope.event
        return {"key": key, "engineer": event.engineer} if isinstance(event, Assigned) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRow:
    """A ticket with its desk, its policy version, and whether somebody works on it."""

    desk: str
    policy_version: int
    ticket: Ticket
    assigned: bool


async def load_tickets(connection: Any, keys: Collection[str]) -> dict[str, TicketRow]:
    """Tickets by id; those never heard of are absent."""
    rows = await connection.fetch(LOAD, sorted(set(keys)))
    return {
        row["key"]: TicketRow(
            desk=row["desk"],
            policy_version=row["policy_version"],
            ticket=msgspec.json.decode(row["ticket"], type=Ticket),
            assigned=row["assigned"],
        )
        for row in rows
    }
