"""Rows of the event table -> envelopes."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from reglament.events import codec
from reglament.events.envelope import Envelope
from reglament.events.registry import Event

COLUMNS = """id::text AS id, source, type, schema_version, subject, desk, at, recorded_at,
    version AS sequence, causation_id, correlation_id, policy_version, traceparent, prev_hash,
    hash, data"""
STREAMS = f"""
SELECT stream, {COLUMNS} FROM events WHERE stream = ANY($1::text[]) ORDER BY stream, version"""  # noqa: S608
# Sorted, so that two transactions never wait for one another in a circle.
LOCK = """
SELECT stream, version, head FROM streams WHERE stream = ANY($1::text[])
ORDER BY stream FOR NO KEY UPDATE"""
# What another transaction wrote while the lock was waited for is not in it, but for its number.
HELD = f"""
SELECT held.stream, held.version AS newest, e.* FROM ({LOCK}) AS held
CROSS JOIN LATERAL (
    SELECT {COLUMNS} FROM events WHERE stream = held.stream ORDER BY version OFFSET 0) AS e
ORDER BY held.stream, e.sequence"""  # noqa: S608
ALL = f"""
SELECT position, {COLUMNS} FROM events WHERE position > $1 ORDER BY position LIMIT $2"""  # noqa: S608
UP_TO = f"""
SELECT position, {COLUMNS} FROM events
WHERE position > $1 AND position <= $2 AND ($4::text[] IS NULL OR topic = ANY($4))
ORDER BY position LIMIT $3"""  # noqa: S608
# Waits for the appends in flight and holds up new ones for the moment that max() takes.
SETTLE = "LOCK TABLE events IN SHARE MODE"
NEWEST = "SELECT coalesce(max(position), 0) FROM events"


def envelope_of(row: Any, *, event: Event | None = None) -> Envelope:
    """The envelope in a row. Raises codec.UnknownType for an event of a later release."""
    values = dict(row)
    values.pop("stream", None)
    values.pop("position", None)
    values.pop("newest", None)
    if event is None:
        event = codec.decode(values["type"], values["schema_version"], values["data"])
    return Envelope(**values, event=event)


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
    rows = await connection.fetch(HELD if lock else STREAMS, streams)
    if lock and _is_behind(rows):
        rows = await connection.fetch(STREAMS, streams)
    return by_stream(rows)


def _is_behind(rows: Sequence[Any]) -> bool:
    """Whether a stream was written while its lock was waited for: now it is held, read it anew."""
    last = {row["stream"]: row for row in rows}
    return any(row["sequence"] != row["newest"] for row in last.values())


async def settled(connection: Any) -> int:
    """The newest position below which nothing can appear any more; a short transaction."""
    async with connection.transaction():
        await connection.execute(SETTLE)
        return int(await connection.fetchval(NEWEST))
