"""The stored histories, recomputed: a stream, a page of streams, all of them (architecture 10)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from reglament.errors import NotFound
from reglament.events.envelope import Envelope
from reglament.events.registry import Actor, Event, by_name
from reglament.eventstore import chain
from reglament.eventstore.reading import COLUMNS, envelope_of
from reglament.eventstore.store import Proof

HEAD = "SELECT version, head FROM streams WHERE stream = $1"
ROWS = f"""
SELECT stream, position, topic, {COLUMNS} FROM events WHERE stream = ANY($1::text[])
ORDER BY stream, version"""  # noqa: S608 - constants
HEADS = """
SELECT stream, version, head FROM streams
WHERE stream > $1 AND ($3::text IS NULL OR desk = $3) ORDER BY stream LIMIT $2"""
# A history whose stream is not known any more.
HEADLESS = """
SELECT DISTINCT e.stream, 0 AS version, '' AS head FROM events e
WHERE e.stream > $1 AND ($2::text IS NULL OR e.stream <= $2) AND ($3::text IS NULL OR e.desk = $3)
    AND NOT EXISTS (SELECT FROM streams s WHERE s.stream = e.stream)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a page of streams came to. after: where the next page begins, None: that was all."""

    streams: int
    events: int
    broken: tuple[Proof, ...]
    after: str | None


async def verify(connection: Any, stream: str) -> Proof:
    """Check one stream, from one snapshot. Raises NotFound."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        head = await connection.fetchrow(HEAD, stream)
        rows = await connection.fetch(ROWS, [stream])
    if head is None and not rows:
        raise NotFound("stream", stream)
    version, newest = (head["version"], head["head"]) if head else (0, "")
    return _check(stream, version, newest, rows)


async def verify_page(
    connection: Any, after: str = "", limit: int = 500, desk: str | None = None
) -> Verified:
    """Check the next streams by name, from one snapshot."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        heads = await connection.fetch(HEADS, after, limit, desk)
        last = heads[-1]["stream"] if len(heads) == limit else None
        heads += await connection.fetch(HEADLESS, after, last, desk)
        rows = await connection.fetch(ROWS, [head["stream"] for head in heads])
    broken = await asyncio.to_thread(_check_all, heads, rows)
    return Verified(streams=len(heads), events=len(rows), broken=broken, after=last)


async def verify_all(connection: Any, step: int = 500) -> list[Proof]:
    """The broken streams of the whole store; empty: all is well."""
    page = await verify_page(connection, limit=step)
    broken = [*page.broken]
    while page.after is not None:
        page = await verify_page(connection, page.after, step)
        broken += page.broken
    return broken


def _check_all(heads: Sequence[Any], rows: Sequence[Any]) -> tuple[Proof, ...]:
    found = {name: list(group) for name, group in groupby(rows, key=lambda row: row["stream"])}
    proofs = (
        _check(head["stream"], head["version"], head["head"], found.get(head["stream"], ()))
        for head in heads
    )
    return tuple(proof for proof in proofs if proof.broken_at is not None)


def _check(stream: str, version: int, head: str, rows: Sequence[Any]) -> Proof:
    proof = chain.check(stream, version, head, map(_unread, rows))
    if proof.broken_at is not None:
        return proof
    misplaced = _misplaced(rows)
    return proof if misplaced is None else replace(proof, broken_at=misplaced, fault="place")


def _misplaced(rows: Sequence[Any]) -> int | None:
    """What no hash covers: each event's topic is its type's, and positions follow versions."""
    last = 0
    for row in rows:
        entry = by_name(row["type"])
        if row["position"] <= last or (entry is not None and entry.topic != row["topic"]):
            return int(row["sequence"])
        last = row["position"]
    return None


def _unread(row: Any) -> Envelope:
    """The envelope in a row whose data is only hashed: it may have been tampered with."""
    values = {name: value for name, value in row.items() if name not in ("position", "topic")}
    event = Event(at=row["at"], actor=Actor(kind="system", id="unread"))
    return envelope_of(values, event=event)
