"""What the relay reads and deletes: rows of `pending`, joined with what they stand for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reglament.messaging.incoming import POSITION

LOCK_SPACE = 0x7265_6C79  # "rely"
LOCK = "SELECT pg_try_advisory_lock($1, $2)"
DELETE = "DELETE FROM pending WHERE position = ANY($1)"
BACKLOG = """
SELECT count(*) AS waiting FROM pending WHERE shard = $1"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A record on its way to Kafka. traceparent: of what caused it."""

    position: int
    topic: str
    key: bytes
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    traceparent: str | None = None


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


async def try_lead(connection: Any, shard: int) -> bool:
    """Become the shard's one relay, until the connection ends. False: another one is."""
    return bool(await connection.fetchval(LOCK, LOCK_SPACE, shard))


async def delete(connection: Any, positions: Sequence[int]) -> None:
    """Forget what was acknowledged."""
    if positions:
        await connection.execute(DELETE, positions)
