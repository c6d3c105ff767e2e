"""All that an answer about a ticket's clocks needs, in one round trip for all who ask at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any

from reglament.events.codec import decode
from reglament.gathering import Gathering
from reglament.kept_plans import keys
from sla_clock.domain.explanation import Excuses
from sla_clock.domain.said import Said, evolve
from sla_clock.projections.ticket_events import LOAD, TicketFacts, by_ticket, facts_of

READ = f"""
  SELECT loaded.*, false AS said FROM ({LOAD}) loaded
  UNION ALL
  SELECT id::text, subject, source, version, type, schema_version, desk, recorded_at,
    policy_version, convert_from(data, 'UTF8'), at, true
  FROM events WHERE stream = ANY({keys(2, "text")})
  ORDER BY ticket, at, recorded_at, sequence
"""  # noqa: S608 - a constant


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A ticket's facts, and the rows of what was said of its clocks."""

    facts: TicketFacts
    said: Sequence[Mapping[str, Any]]

    def said_by(self, moment: datetime) -> Said:
        """What had been said of the ticket's clocks by then."""
        rows = sorted(self.said, key=lambda row: int(row["sequence"]))
        events = (
            decode(row["type"], row["schema_version"], row["data"].encode())
            for row in rows
            if row["recorded_at"] <= moment
        )
        return reduce(evolve, events, Said())

    def excuses_by(self, moment: datetime) -> Excuses:
        """The excuses of then. Where nothing was ever excused, nothing is read for them."""
        is_excused = any(row["type"] == "ClockExcused" for row in self.said)
        return (self.said_by(moment) if is_excused else Said()).excuse_of


class KnownTickets:
    """Of sla-clock's own database."""

    def __init__(self, pool: Any) -> None:
        """The pool of sla-clock's own database."""
        self._pool = pool
        self._asked: Gathering[str, Known | None] = Gathering(self._read)

    async def find(self, ticket: str) -> Known | None:
        """None: nothing is known of it."""
        return await self._asked.ask(ticket)

    async def _read(self, tickets: Sequence[str]) -> Sequence[Known | None]:
        rows = await self._pool.fetch(READ, tickets, [f"ticket/{each}" for each in tickets])
        facts = by_ticket(row for row in rows if not row["said"])
        said = by_ticket(row for row in rows if row["said"])
        found = {
            ticket: Known(facts=facts_of(ticket, known), said=said.get(ticket, ()))
            for ticket, known in facts.items()
        }
        return [found.get(ticket) for ticket in tickets]
