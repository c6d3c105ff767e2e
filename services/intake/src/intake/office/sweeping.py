"""Kafka closes a segment only when a record comes: so one is sent to every partition, a day after.

Without it the newest segment of a quiet partition, in which an erased text may still stand, would
never be compacted (architecture 5).
"""

from datetime import datetime
from typing import Any

import msgspec

from intake.domain.erasure import SWEEP_AFTER
from reglament.events.topics import CONTACTS, CONTENTS
from reglament.eventstore.store import Commit, Context, EventStore, Record
from reglament.instants import rfc3339
from reglament.messaging.partitions import partition_of

_SWEPT = """
UPDATE erasures SET swept_at = $1 WHERE swept_at IS NULL AND erased_at < $2 RETURNING id"""


def sweepers(partitions: int) -> tuple[str, ...]:
    """Keys, one for each partition, that are nobody's."""
    found: dict[int, str] = {}
    number = 0
    while len(found) < partitions:
        key = f"sweep-{number}"
        found.setdefault(partition_of(key, partitions), key)
        number += 1
    return tuple(found.values())


async def sweep(pool: Any, store: EventStore, partitions: int, now: datetime) -> int:
    """Move the topics on where an erasure is a day old; how many erasures that serves."""
    value = msgspec.json.encode({"erased_at": rfc3339(now)})
    async with pool.acquire() as connection, connection.transaction():
        served = await connection.fetch(_SWEPT, now, now - SWEEP_AFTER)
        if not served:
            return 0
        records = tuple(
            Record(topic=topic, key=key, value=value)
            for topic in (CONTACTS, CONTENTS)
            for key in sweepers(partitions)
        )
        commit = Commit(parts=(), context=Context(recorded_at=now), records=records)
        await store.append_in(connection, [commit])
    store.wake()
    return len(served)
