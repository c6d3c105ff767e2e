"""What the routes that are asked most show: a row and its texts, in one round trip for all who ask
at one time (docs/performance.md).
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from intake.projections.search import Search, condition
from reglament.gathering import Alike, Gathering
from reglament.kept_plans import keys
from reglament.projections import Row

Text = tuple[str, int]
_COLUMNS = (
    "key",
    "number",
    "desk",
    "status",
    "priority",
    "category",
    "cause",
    "complexity",
    "level",
    "service_level",
    "assignee",
    "department",
    "customer",
    "contract",
    "requester",
    "channel",
    "callback",
    "confirmation",
    "rating",
    "credentials",
    "arrived_at",
    "opened_at",
    "accepted_at",
    "deferred_until",
    "due_at",
    "updated_at",
    "version",
    "view",
)
_DOCUMENTS = ("content", "provided", "attachments", "violations", "links", "work", "stays")
# The texts by their primary key: a ticket may have thousands that its row does not show.
_TICKETS = f"""
SELECT {", ".join(f"t.{name}" for name in (*_COLUMNS, *_DOCUMENTS))}, c.parts AS request,
    CASE WHEN t.provided <> '[]' THEN (
        SELECT json_agg(json_build_array(c.id, c.version, c.parts))
        FROM jsonb_array_elements(t.provided) AS wanted
        JOIN contents c ON c.id = wanted->>'id' AND c.version = (wanted->>'version')::int
    )::text END AS more
FROM {{tickets}} t LEFT JOIN contents c
    ON c.id = t.content->>'id' AND c.version = (t.content->>'version')::int
"""  # noqa: S608
NAMED = f"{_TICKETS.format(tickets='ticket_view_v1')} WHERE t.key = ANY({keys(1, 'text')})"
_FOUND = """(SELECT * FROM ticket_view_v1 t WHERE {0} ORDER BY key DESC LIMIT ${1})"""
HISTORIES = f"""
SELECT q.place, t.desk AS owner, t.requester, h.key, h.at, h.recorded_at, h.source, h.type,
    h.actor::text, h.data::text, h.sequence, h.hash, h.causation_id, h.trace_id,
    c.parts::text AS text
FROM unnest({keys(1, "text")}, $2::timestamptz[]) WITH ORDINALITY AS q(ticket, as_of, place)
JOIN ticket_view_v1 t ON t.key = q.ticket
LEFT JOIN history_v1 h
    ON h.ticket = q.ticket AND (q.as_of IS NULL OR h.recorded_at <= q.as_of)
LEFT JOIN contents c
    ON c.id = h.data->'content'->>'id' AND c.version = (h.data->'content'->>'version')::int
"""  # noqa: S608
_decode = msgspec.json.decode


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTicket:
    """The row of the ticket view, its instants as such, and the texts that it refers to."""

    row: Row
    texts: Mapping[Text, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownHistory:
    """Whose ticket it is; its events, in no order; the texts that they refer to, by event."""

    desk: str
    requester: str | None
    rows: list[dict[str, Any]] = field(default_factory=list)
    texts: dict[str, Mapping[str, Any]] = field(default_factory=dict)


class Shown:
    """Of intake's own database. None: no such ticket.

    alike: for what several may ask at one time and are all told the same.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        """The pool of intake's own database."""
        self._pool = pool
        self.alike: Alike[Hashable, Any] = Alike()
        self._tickets = Gathering(self._read_tickets)
        self._histories = Gathering(self._read_histories)

    async def ticket(self, ticket: str) -> ShownTicket | None:
        """As it is now."""
        return await self._tickets.ask(ticket)

    async def history(self, ticket: str, as_of: datetime | None) -> ShownHistory | None:
        """What had been recorded by then; None: by now."""
        return await self._histories.ask((ticket, as_of))

    async def tickets(self, search: Search, limit: int) -> list[ShownTicket]:
        """Up to `limit`, newest first."""
        statement, arguments = listing(search)
        return [_ticket(row) for row in await self._pool.fetch(statement, *arguments, limit)]

    async def _read_tickets(self, tickets: Sequence[str]) -> Sequence[ShownTicket | None]:
        found = {row["key"]: _ticket(row) for row in await self._pool.fetch(NAMED, tickets)}
        return [found.get(ticket) for ticket in tickets]

    async def _read_histories(
        self, asked: Sequence[tuple[str, datetime | None]]
    ) -> Sequence[ShownHistory | None]:
        found: dict[int, ShownHistory] = {}
        for row in await self._pool.fetch(HISTORIES, *zip(*asked, strict=True)):
            history = found.get(row["place"])
            if history is None:
                history = ShownHistory(desk=row["owner"], requester=row["requester"])
                found[row["place"]] = history
            if row["key"] is not None:
                _enter(history, row)
        return [found.get(place) for place in range(1, len(asked) + 1)]


def listing(search: Search) -> tuple[str, list[Any]]:
    """The statement that finds them, and its arguments but the last: how many."""
    where, arguments = condition(search)
    found = _FOUND.format(where, len(arguments) + 1)
    return f"{_TICKETS.format(tickets=found)} ORDER BY t.key DESC", arguments


def _ticket(record: Mapping[str, Any]) -> ShownTicket:
    row = dict(record)
    request, more = row.pop("request"), row.pop("more")
    for name in _DOCUMENTS:
        row[name] = None if row[name] is None else _decode(row[name])
    texts = {(each[0], each[1]): each[2] for each in _decode(more)} if more else {}
    if request is not None:
        texts[row["content"]["id"], row["content"]["version"]] = _decode(request)
    return ShownTicket(row=row, texts=texts)


def _enter(history: ShownHistory, row: Mapping[str, Any]) -> None:
    parsed = dict(row)
    parsed["actor"], parsed["data"] = _decode(row["actor"]), _decode(row["data"])
    history.rows.append(parsed)
    if row["text"] is not None:
        history.texts[row["key"]] = _decode(row["text"])
