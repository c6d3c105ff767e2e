"""Reading the read models: one ticket, as of a moment, its history, the feed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from intake.projections.history import envelope_of, ordered, recorded_order
from intake.projections.ticket_view import TicketView
from reglament.projections import Row

_ONE = "SELECT to_jsonb(t)::text AS row FROM ticket_view_v1 t WHERE key = $1"
_NUMBERED = """
SELECT to_jsonb(t)::text AS row FROM ticket_view_v1 t WHERE desk = $1 AND number = $2
ORDER BY key DESC LIMIT 1
"""
_HISTORY = """
SELECT key, ticket, desk, at, recorded_at, source, type, schema_version, actor::text, data::text,
       sequence, hash, prev_hash, causation_id, correlation_id, policy_version, trace_id
FROM history_v1 WHERE ticket = $1 AND ($2::timestamptz IS NULL OR recorded_at <= $2)
"""
_HASHED = """
SELECT key, ticket, desk, at, recorded_at, source, type, schema_version, actor::text, data::text,
       body, sequence, hash, prev_hash, causation_id, correlation_id, policy_version
FROM history_v1 WHERE ticket = $1
"""
# Below the oldest transaction that still writes, the order is final: nothing is skipped.
_FEED = """
SELECT feed.transaction::text AS transaction, feed.position, h.key, h.ticket, h.desk, h.at,
       h.recorded_at, h.source, h.type, h.schema_version, h.actor::text, h.data::text, h.sequence,
       h.hash, h.prev_hash, h.causation_id, h.correlation_id, h.policy_version
FROM feed JOIN history_v1 h ON h.key = feed.event
WHERE {of} = $1 AND (feed.transaction, feed.position) > ($2::text::xid8, $3)
  AND feed.transaction < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY feed.transaction, feed.position LIMIT $4
"""
_DESK_FEED, _TICKET_FEED = _FEED.format(of="feed.desk"), _FEED.format(of="h.ticket")
_LAST = """
SELECT feed.transaction::text AS transaction, feed.position
FROM feed JOIN history_v1 h ON h.key = feed.event
WHERE {of} = $1 AND feed.transaction < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY feed.transaction DESC, feed.position DESC LIMIT 1
"""
_DESKS_LAST, _TICKETS_LAST = _LAST.format(of="feed.desk"), _LAST.format(of="h.ticket")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferral:
    """One that is over. version: of the Ticket stream, as the read model knows it."""

    ticket: str
    desk: str
    until: datetime
    version: int


class Queries:
    """Of intake's own database."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        """The pool of intake's own database."""
        self._pool = pool
        self._view = TicketView()

    async def ticket(self, ticket: str) -> Row | None:
        """The row of the ticket view; None: no such ticket."""
        row = await self._pool.fetchrow(_ONE, ticket)
        return None if row is None else dict(msgspec.json.decode(row["row"]))

    async def ticket_as_of(self, ticket: str, at: datetime) -> Row | None:
        """The row as it was by what had been recorded at `at` (semantics 23)."""
        current: Row | None = None
        for row in recorded_order(await self.events(ticket, at)):
            current = self._view.project(ticket, current, envelope_of(row))
        return current

    async def events(self, ticket: str, as_of: datetime | None = None) -> list[dict[str, Any]]:
        """The history's rows, in no order."""
        return [_parsed(row) for row in await self._pool.fetch(_HISTORY, ticket, as_of)]

    async def history(
        self, ticket: str, as_of: datetime | None = None
    ) -> Sequence[Mapping[str, Any]]:
        """In the order of semantics 23."""
        return ordered(await self.events(ticket, as_of))

    async def hashed(self, ticket: str) -> list[dict[str, Any]]:
        """The history's rows with the bytes that were hashed, in no order."""
        return [_parsed(row) for row in await self._pool.fetch(_HASHED, ticket)]

    async def feed(self, desk: str, after: tuple[str, int], limit: int) -> list[dict[str, Any]]:
        """Events of a desk's tickets, of all four topics, in the order in which they came in."""
        rows = await self._pool.fetch(_DESK_FEED, desk, after[0], after[1], limit)
        return [_parsed(row) for row in rows]

    async def ticket_feed(
        self, ticket: str, after: tuple[str, int], limit: int
    ) -> list[dict[str, Any]]:
        """The same of one ticket: what its live stream shows."""
        rows = await self._pool.fetch(_TICKET_FEED, ticket, after[0], after[1], limit)
        return [_parsed(row) for row in rows]

    async def last_position(self, ticket: str) -> tuple[str, int]:
        """Up to where the ticket's feed is final: a stream may go on from there."""
        return _position(await self._pool.fetchrow(_TICKETS_LAST, ticket))

    async def desks_last_position(self, desk: str) -> tuple[str, int]:
        """The same of a desk's feed."""
        return _position(await self._pool.fetchrow(_DESKS_LAST, desk))

    async def numbered(self, desk: str, number: str) -> Row | None:
        """The desk's ticket with that number, as `ticket`."""
        row = await self._pool.fetchrow(_NUMBERED, desk, number)
        return None if row is None else dict(msgspec.json.decode(row["row"]))

    async def unconfirmed(self, desks: Sequence[str], limit: int = 100) -> list[tuple[str, str]]:
        """Tickets of these desks whose confirmation is sent, but which are not accepted yet."""
        rows = await self._pool.fetch(
            "SELECT key, desk FROM ticket_view_v1 WHERE desk = ANY($1) AND status = 'registered'"
            " AND confirmation = 'sent' AND accepted_at IS NULL ORDER BY updated_at LIMIT $2",
            list(desks),
            limit,
        )
        return [(row["key"], row["desk"]) for row in rows]

    async def deferred_until(self, now: datetime, limit: int = 100) -> list[Deferral]:
        """Deferrals whose agreed end has come, the earliest first."""
        rows = await self._pool.fetch(
            "SELECT key, desk, deferred_until, version FROM ticket_view_v1"
            " WHERE status = 'deferred' AND deferred_until <= $1 ORDER BY deferred_until LIMIT $2",
            now,
            limit,
        )
        return [
            Deferral(ticket=key, desk=desk, until=until, version=version)
            for key, desk, until, version in rows
        ]


def _position(row: Mapping[str, Any] | None) -> tuple[str, int]:
    return ("0", 0) if row is None else (row["transaction"], row["position"])


def _parsed(row: Mapping[str, Any]) -> dict[str, Any]:
    parsed = dict(row)
    parsed["actor"] = msgspec.json.decode(parsed["actor"])
    parsed["data"] = msgspec.json.decode(parsed["data"])
    return parsed
