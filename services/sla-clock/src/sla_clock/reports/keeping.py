"""Keeps the outcomes of clocks beside what was said of them, in the same transaction."""

from collections.abc import Sequence
from typing import Any

import msgspec

from reglament.events import sla
from reglament.events.envelope import Envelope
from sla_clock.reports.outcomes import Row

_CHANGING = (
    "state", "started_at", "due_at", "met_at", "elapsed", "waiting", "deferred", "priority",
    "service_level", "category", "complexity", "engineer", "level", "handed_over",
    "department", "days", "waiting_days", "deferred_days",
)  # fmt: skip
_OLD, _NEW = (", ".join(f"{t}.{c}" for c in _CHANGING) for t in ("o", "EXCLUDED"))
_SET = ", ".join(f"{c} = EXCLUDED.{c}" for c in _CHANGING)
# A clock that a late event took away is told as cancelled, as its events tell it.
GONE = """
UPDATE outcomes g SET state = 'cancelled', met_at = NULL, elapsed = NULL, days = NULL
WHERE g.ticket = ANY($1::text[]) AND g.state <> 'cancelled' AND NOT EXISTS (
  SELECT FROM unnest($2::text[], $3::text[], $4::int[]) AS n(ticket, metric, cycle)
  WHERE (n.ticket, n.metric, n.cycle) = (g.ticket, g.metric, g.cycle))"""
KEEP = f"""
INSERT INTO outcomes AS o SELECT * FROM jsonb_populate_recordset(NULL::outcomes, $1::jsonb)
ON CONFLICT (ticket, metric, cycle) DO UPDATE
SET {_SET}, breach_said = o.breach_said OR EXCLUDED.breach_said
WHERE ({_OLD}) IS DISTINCT FROM ({_NEW}) OR EXCLUDED.breach_said > o.breach_said"""  # noqa: S608
ARRIVED = """
INSERT INTO arrivals AS a SELECT * FROM jsonb_populate_recordset(NULL::arrivals, $1::jsonb)
ON CONFLICT (ticket) DO UPDATE SET opened_at = EXCLUDED.opened_at, ended_at = EXCLUDED.ended_at
WHERE (a.opened_at, a.ended_at) IS DISTINCT FROM (EXCLUDED.opened_at, EXCLUDED.ended_at)"""
EXCUSED = """
UPDATE outcomes o SET excused = u.reason
FROM unnest($1::text[], $2::text[], $3::int[], $4::text[]) u(ticket, metric, cycle, reason)
WHERE (o.ticket, o.metric, o.cycle) = (u.ticket, u.metric, u.cycle)"""


async def keep(
    connection: Any, tickets: Sequence[str], outcomes: Sequence[Row], arrivals: Sequence[Row]
) -> None:
    """The tickets' rows as they are now. What was said of a breach, or excused, stays.

    connection: or what gathers statements to go as one (`eventstore/together.py`).
    """
    if not tickets:
        return
    standing = [[row[name] for row in outcomes] for name in ("ticket", "metric", "cycle")]
    await connection.execute(GONE, list(tickets), *standing)
    await connection.execute(KEEP, msgspec.json.encode(outcomes).decode())
    await connection.execute(ARRIVED, msgspec.json.encode(arrivals).decode())


class Excuses:
    """An inline effect: what was excused is known to reports at once."""

    async def apply(self, connection: Any, envelopes: Sequence[Envelope], /) -> None:
        """Note the reasons of ClockExcused."""
        found = [
            (envelope.subject, envelope.event.metric, envelope.event.cycle, envelope.event.reason)
            for envelope in envelopes
            if isinstance(envelope.event, sla.ClockExcused)
        ]
        if found:
            await connection.execute(
                EXCUSED, *(list(column) for column in zip(*found, strict=True))
            )
