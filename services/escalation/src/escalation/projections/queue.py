"""The queue, who has which ticket, and every escalation: out of escalation's own events, inline."""

from collections.abc import Collection
from typing import Any

import msgspec

from reglament.events.envelope import Envelope
from reglament.events.escalations import (
    Assigned,
    Dequeued,
    Escalated,
    EscalationExhausted,
    Queued,
    Unassigned,
)
from reglament.events.registry import Event
from reglament.instants import rfc3339
from reglament.projections import Row

FIRST = """
SELECT key, level FROM queue_v1
WHERE desk = $1 AND level = $2
  AND (department IS NULL OR cardinality($3::text[]) = 0 OR department = ANY($3))
  AND key <> ALL($4::text[])
ORDER BY rank, waiting_since, key
LIMIT 1 FOR UPDATE SKIP LOCKED"""
IN_ORDER = """
SELECT q.key, q.level, q.rank, q.waiting_since, q.department, l.place::int AS place,
  f.facts->>'number' AS number, f.facts->>'priority' AS priority,
  f.facts->>'category' AS category, f.facts->>'cause' AS cause
FROM queue_v1 q
JOIN unnest($2::text[]) WITH ORDINALITY AS l(level, place) USING (level)
LEFT JOIN ticket_facts_v1 f USING (key)
WHERE q.desk = $1 AND (l.place, q.rank, q.waiting_since, q.key)
  > ($3::int, $4::int, $5::timestamptz, $6::text)
ORDER BY l.place, q.rank, q.waiting_since, q.key
LIMIT $7"""
# Of rules that some waiting tickets still stand under, and the desk's newest no longer has.
FORMER_LEVELS = """
SELECT DISTINCT level FROM queue_v1 WHERE desk = $1 AND level <> ALL($2::text[]) ORDER BY level"""
NOTE = """
INSERT INTO escalation_notes (ticket, at, note)
SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[]) ON CONFLICT DO NOTHING"""
ASSIGNMENT = "SELECT desk, level, engineer, version FROM assignments_v1 WHERE key = $1"
OPEN_OF_ENGINEER = """
SELECT key FROM assignments_v1 a JOIN ticket_facts_v1 f USING (key)
WHERE a.desk = $1 AND a.engineer = $2 AND NOT (f.facts->>'ended')::boolean ORDER BY key"""
ESCALATIONS = """
SELECT e.sequence, e.at, e.type, e.actor::text AS actor, e.data::text AS data, n.note
FROM escalations_v1 e LEFT JOIN escalation_notes n USING (ticket, at)
WHERE e.ticket = $1 ORDER BY e.sequence"""


class QueueRows:
    """A row while the ticket waits."""

    name = "queue"
    version = 1
    handles: Collection[type[Event]] = (Queued, Assigned, Dequeued, Escalated)

    def keys(self, envelope: Envelope) -> Collection[str]:
        """The ticket."""
        return (envelope.subject,)

    def project(self, key: str, row: Row | None, envelope: Envelope) -> Row | None:
        """Queued puts it there, everything else takes it away."""
        event = envelope.event
        if not isinstance(event, Queued):
            return None
        return {
            "key": key,
            "desk": envelope.desk,
            "level": event.level,
            "rank": event.rank,
            "waiting_since": rfc3339(event.waiting_since),
            "department": event.department,
        }


class Assignments:
    """Level and engineer of every ticket."""

    name = "assignments"
    version = 1
    handles: Collection[type[Event]] = (Queued, Assigned, Unassigned, Escalated)

    def keys(self, envelope: Envelope) -> Collection[str]:
        """The ticket."""
        return (envelope.subject,)

    def project(self, key: str, row: Row | None, envelope: Envelope) -> Row | None:
        """The level that the event says, and who has it now."""
        event = envelope.event
        level = row["level"] if row is not None else ""
        engineer = row["engineer"] if row is not None else None
        if isinstance(event, Queued | Assigned):
            level = event.level
        elif isinstance(event, Escalated):
            level = event.to_level
        if isinstance(event, Assigned):
            engineer = event.engineer
        elif isinstance(event, Unassigned):
            engineer = None
        return {
            "key": key,
            "desk": envelope.desk,
            "level": level,
            "engineer": engineer,
            "version": envelope.sequence,
        }


class Escalations:
    """One row an escalation, for GET /tickets/{id}/escalations."""

    name = "escalations"
    version = 1
    handles: Collection[type[Event]] = (Escalated, EscalationExhausted)

    def keys(self, envelope: Envelope) -> Collection[str]:
        """The event."""
        return (f"{envelope.subject}/{envelope.sequence}",)

    def project(self, key: str, row: Row | None, envelope: Envelope) -> Row | None:
        """The event itself."""
        data: dict[str, Any] = msgspec.json.decode(envelope.data)
        return {
            "key": key,
            "ticket": envelope.subject,
            "sequence": envelope.sequence,
            "at": rfc3339(envelope.at),
            "type": envelope.type,
            "actor": data.pop("actor"),
            "data": {name: value for name, value in data.items() if name != "at"},
        }
