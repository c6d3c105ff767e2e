"""One hash over a whole store as it was at a position (architecture 10).

A root that is kept elsewhere also betrays what a stream's own chain cannot: an end that was cut
off, a history that was hashed anew with its head, a stream that is gone.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from reglament.eventstore.reading import settled

HEADS = """
SELECT DISTINCT ON (stream COLLATE "C") stream, version, hash FROM events WHERE position <= $1
ORDER BY stream COLLATE "C", version DESC"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """digest: SHA-256 over the streams' names, versions and hashes, in order of the names."""

    position: int
    streams: int
    digest: str


async def root_now(connection: Any) -> Root:
    """The root to be written down: at the newest position that is settled."""
    return await root_at(connection, await settled(connection))


async def root_at(connection: Any, position: int) -> Root:
    """The root as it was at a position; for ever the same, if nobody changed anything."""
    digest, streams = hashlib.sha256(), 0
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        async for row in connection.cursor(HEADS, position, prefetch=1000):
            digest.update(f"{row['stream']}\x1f{row['version']}\x1f{row['hash']}\n".encode())
            streams += 1
    return Root(position=position, streams=streams, digest=digest.hexdigest())
