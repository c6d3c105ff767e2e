"""Rows of the event table -> envelopes."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from reglament.errors import NotFound
from reglament.events import codec
from reglament.events.envelope import Envelope
from reglament.events.registry import Actor, Event
from reglament.eventstore import chain
from reglament.eventstore.store import Proof

COLUMNS = """id::text AS id, source, type, schema_version, subject, desk, at, recorded_at,
    version AS sequence, causation_id, correlation_id, policy_version, traceparent, prev_hash,
    hash, data"""
STREAM = f"SELECT {COLUMNS} FROM events WHERE stream = $1 ORDER BY version"  # noqa: S608
STREAMS = f"""
SELECT stream, {COLUMNS} FROM events WHERE stream = ANY($1::text[]) ORDER BY stream, version"""  # noqa: S608
# Sorted, so that two transactions never wait for one another in a circle.
LOCK = """
SELECT stream, version, head FROM streams WHERE stream = ANY($1::text[])
ORDER BY stream FOR NO KEY UPDATE"""
ALL = f"""
SELECT position, {COLUMNS} FROM events WHERE position > $1 ORDER BY position LIMIT $2"""  # noqa: S608
UP_TO = f"""
SELECT position, {COLUMNS} FROM events
WHERE position > $1 AND position <= $2 AND ($4::text[] IS NULL OR topic = ANY($4))
ORDER BY position LIMIT $3"""  # noqa: S608
# Waits for the appends in flight and holds up new ones for the moment that max() takes.
SETTLE = "LOCK TABLE events IN SHARE MODE"
NEWEST = "SELECT coalesce(max(position), 0) FROM events"
HEAD = "SELECT version, head FROM streams WHERE stream = $1"
SUSPECTS = """
SELECT stream, version, head FROM streams WHERE stream > $1 ORDER BY stream LIMIT $2"""
UNKNOWN_STREAMS = """
SELECT DISTINCT e.stream FROM events e
WHERE NOT EXISTS (SELECT FROM streams s WHERE s.stream = e.stream) ORDER BY 1 LIMIT 100"""


def envelope_of(row: Any, *, event: Event | None = None) -> Envelope:
    """The envelope in a row. Raises codec.UnknownType for an event of a later release."""
    values = dict(row)
    values.pop("stream", None)
    values.pop("position", None)
    if event is None:
        event = codec.decode(values["type"], values["schema_version"], values["data"])
    return Envelope(**values, event=event)


def unread(row: Any) -> Envelope:
    """The envelope in a row whose data is only hashed: it may have been tampered with."""
    event = Event(at=row["at"], actor=Actor(kind="system", id="unread"))
    return envelope_of(row, event=event)


def by_stream(rows: Iterable[Any]) -> dict[str, tuple[Envelope, ...]]:
    """Envelopes of several streams out of rows sorted by stream."""
    return {
        stream: tuple(envelope_of(row) for row in group)
        for stream, group in groupby(rows, key=lambda row: row["stream"])
    }


async def load_many(
    connection: Any, streams: Sequence[str], *, lock: bool
) -> dict[str, tuple[Envelope, ...]]:
    """The streams that exist; locked until the end of the transaction, if asked for."""
    if lock:
        await connection.execute(LOCK, streams)
    return by_stream(await connection.fetch(STREAMS, streams))


async def settled(connection: Any) -> int:
    """The newest position below which nothing can appear any more; a short transaction."""
    async with connection.transaction():
        await connection.execute(SETTLE)
        return int(await connection.fetchval(NEWEST))


async def verify(connection: Any, stream: str) -> Proof:
    """Check one stream, from one snapshot. Raises NotFound."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        head = await connection.fetchrow(HEAD, stream)
        rows = await connection.fetch(STREAM, stream)
    if head is None and not rows:
        raise NotFound("stream", stream)
    version, newest = (head["version"], head["head"]) if head else (0, "")
    return chain.check(stream, version, newest, map(unread, rows))


async def verify_all(connection: Any, step: int = 500) -> list[Proof]:
    """The broken streams of the whole store, from one snapshot; empty: all is well."""
    broken: list[Proof] = []
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        after = ""
        while heads := await connection.fetch(SUSPECTS, after, step):
            after = heads[-1]["stream"]
            rows = await connection.fetch(STREAMS, [head["stream"] for head in heads])
            found = {
                stream: [unread(row) for row in group]
                for stream, group in groupby(rows, key=lambda row: row["stream"])
            }
            broken += chain.check_all(
                (head["stream"], head["version"], head["head"], found.get(head["stream"], ()))
                for head in heads
            )
        for row in await connection.fetch(UNKNOWN_STREAMS):
            broken.append(
                Proof(stream=row["stream"], version=0, head="", broken_at=1, fault="head")
            )
    return broken
