"""Facts of tickets, out of the Ticket streams that intake says."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import msgspec

from escalation.domain.facts import Facts, evolve
from reglament.events import relations, tickets, work
from reglament.events.envelope import Envelope
from reglament.events.registry import Event
from reglament.projections import Row

LOAD = """
SELECT key, desk, policy_version, facts::text AS facts
FROM ticket_facts_v1 WHERE key = ANY($1)"""


class TicketFacts:
    """One row a ticket: `Facts` as JSON, with the policy version that it stands under."""

    name = "ticket_facts"
    version = 1
    handles: Collection[type[Event]] = (
        tickets.TicketOpened,
        tickets.TicketReturned,
        tickets.TicketAccepted,
        tickets.AcceptanceWithdrawn,
        tickets.TicketRefused,
        tickets.PriorityChanged,
        tickets.PriorityConfirmed,
        tickets.CategoryChanged,
        tickets.Resolved,
        tickets.TicketClosed,
        tickets.TicketReopened,
        relations.TicketMerged,
        work.HandedOver,
    )

    def keys(self, envelope: Envelope) -> Collection[str]:
        """The ticket."""
        return (envelope.subject,)

    def project(self, key: str, row: Row | None, envelope: Envelope) -> Row | None:
        """The facts after the event."""
        before = None if row is None else msgspec.convert(row["facts"], Facts, strict=False)
        facts = evolve(before, envelope.event)
        if facts is None:
            return row
        version = envelope.policy_version
        return {
            "key": key,
            "desk": envelope.desk,
            "policy_version": version if row is None or version else row["policy_version"],
            "facts": msgspec.to_builtins(facts),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A ticket's facts, with the desk and the policy version that it stands under."""

    desk: str
    policy_version: int | None
    facts: Facts


async def load_facts(connection: Any, tickets: Collection[str]) -> dict[str, Known]:
    """Facts by ticket; those never heard of are absent."""
    rows = await connection.fetch(LOAD, sorted(set(tickets)))
    return {
        row["key"]: Known(
            desk=row["desk"],
            policy_version=row["policy_version"],
            facts=msgspec.json.decode(row["facts"], type=Facts),
        )
        for row in rows
    }
