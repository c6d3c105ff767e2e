"""What the relay reads and deletes: rows of `pending`, joined with what they stand for."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

import msgspec

from reglament.events.envelope import Envelope, headers
from reglament.events.registry import Event
from reglament.eventstore.statements import SLOTS
from reglament.messaging.incoming import POSITION

LOCK_SPACE = 0x7265_6C79  # "rely"
REFILL_SECONDS = 300.0
REFILL = """
INSERT INTO pending (position, shard)
SELECT position, abs(hashtext(subject)::bigint) % $1::bigint FROM events
UNION ALL SELECT position, abs(hashtext(key)::bigint) % $1::bigint FROM records
ON CONFLICT DO NOTHING"""
LOCK = "SELECT pg_try_advisory_lock($1, $2)"
DELETE = "DELETE FROM pending WHERE position = ANY($1)"
# OFFSET 0: row by row through the indexes, however many rows PostgreSQL believes to wait.
WAITING = """
SELECT p.position AS place, e.*, r.*
FROM (SELECT position FROM pending
    WHERE shard % $2::int = $1::int AND position <> ALL($4::bigint[])
    ORDER BY position LIMIT $3) AS p
LEFT JOIN LATERAL (SELECT topic, id::text, type, schema_version, subject, desk, at, recorded_at,
    version, causation_id, correlation_id, policy_version, traceparent, data, prev_hash, hash
    FROM events WHERE position = p.position OFFSET 0) AS e ON true
LEFT JOIN LATERAL (SELECT topic AS record_topic, key, value
    FROM records WHERE position = p.position AND e.id IS NULL OFFSET 0) AS r ON true
ORDER BY p.position"""
BACKLOG = """
SELECT count(*) AS waiting, (
    SELECT recorded_at FROM events WHERE position = min(p.position)) AS oldest
FROM pending p"""


class Share(NamedTuple):
    """Relay `number` of `relays`: the slots that leave that rest belong to it."""

    number: int
    relays: int


ALL = Share(0, 1)


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A record on its way to Kafka. envelope: of an event, its data not decoded."""

    position: int
    topic: str
    key: bytes
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    envelope: Envelope | None = None


def unbroken(records: Sequence[Outgoing], acknowledged: Sequence[bool]) -> list[int]:
    """Positions that may be deleted: of each key what was acknowledged before the first hole.

    What stands after a hole is sent again, behind the missing one, so that the order is kept.
    """
    broken: set[tuple[str, bytes]] = set()
    done = []
    for record, was_sent in zip(records, acknowledged, strict=True):
        line = (record.topic, record.key)
        if not was_sent:
            broken.add(line)
        if line not in broken:
            done.append(record.position)
    return done


def record_headers(position: int) -> tuple[tuple[str, bytes], ...]:
    """Headers of a raw record; the position lets consumers skip what is older."""
    return ((POSITION, str(position).encode()), ("content-type", b"application/json"))


async def try_lead(connection: Any, share: Share) -> bool:
    """Become the share's one relay, until the connection ends. False: another one is."""
    return bool(await connection.fetchval(LOCK, LOCK_SPACE, share.number))


async def read(
    connection: Any, share: Share, limit: int, source: str, sent: Collection[int] = frozenset()
) -> list[Outgoing]:
    """The oldest that wait, in order; a record's older state is not worth sending any more.

    sent: positions that are on their way and still stand there.
    """
    found, overtaken = [], []
    for row in await connection.fetch(WAITING, *share, limit, list(sent)):
        if row["id"] is not None:
            found.append(_of_event(row, source))
        elif row["key"] is not None:
            found.append(_of_record(row))
        else:
            overtaken.append(row["place"])
    await delete(connection, overtaken)
    return found


def _of_event(row: Any, source: str) -> Outgoing:
    """The very bytes and headers; the data is not decoded, it may be of a later release."""
    envelope = Envelope(
        id=row["id"],
        source=source,
        type=row["type"],
        schema_version=row["schema_version"],
        subject=row["subject"],
        desk=row["desk"],
        at=row["at"],
        recorded_at=row["recorded_at"],
        sequence=row["version"],
        causation_id=row["causation_id"],
        correlation_id=row["correlation_id"],
        policy_version=row["policy_version"],
        traceparent=row["traceparent"],
        prev_hash=row["prev_hash"],
        hash=row["hash"],
        data=row["data"],
        event=cast("Event", None),
    )
    return Outgoing(
        position=row["place"],
        topic=row["topic"],
        key=envelope.topic_key,
        value=envelope.data,
        headers=tuple(headers(envelope)),
        envelope=envelope,
    )


def _of_record(row: Any) -> Outgoing:
    return Outgoing(
        position=row["place"],
        topic=row["record_topic"],
        key=row["key"].encode(),
        value=row["value"],
        headers=record_headers(row["place"]),
    )


async def backlog(connection: Any) -> tuple[int, datetime | None]:
    """How many wait, whoever's they are, and when the first of them was recorded."""
    row = await connection.fetchrow(BACKLOG)
    return row["waiting"], row["oldest"]


async def refill(connection: Any) -> int:
    """Kafka has lost its disk: everything goes out again (architecture 9); how many records."""
    said: str = await connection.execute(REFILL, SLOTS, timeout=REFILL_SECONDS)
    return int(said.rpartition(" ")[2])


async def waiting(connection: Any) -> int:
    """How many records are still to be sent, of all relays."""
    return int(await connection.fetchval("SELECT count(*) FROM pending"))


async def delete(connection: Any, positions: Sequence[int]) -> None:
    """Forget what was acknowledged."""
    if positions:
        await connection.execute(DELETE, positions)
