"""Offsets in the consumer's own database, fenced by an epoch a partition (reliability b1)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import TopicPartition

TAKE_OVER = """
INSERT INTO consumer_offset AS o (consumer, topic, part, next_offset, epoch)
VALUES ($1, $2, $3, 0, 1)
ON CONFLICT (consumer, topic, part) DO UPDATE SET epoch = o.epoch + 1
RETURNING next_offset, epoch"""

ADVANCE = """
UPDATE consumer_offset o SET next_offset = b.next
FROM unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[])
    AS b(topic, part, epoch, first, next)
WHERE o.consumer = $1 AND o.topic = b.topic AND o.part = b.part
    AND o.epoch = b.epoch AND o.next_offset = b.first
RETURNING o.topic, o.part"""

# One record was taken, the ones after it were not: the offset goes back to it.
HOLD = """
UPDATE consumer_offset SET next_offset = $4 WHERE consumer = $1 AND topic = $2 AND part = $3"""

PEEK = """
SELECT next_offset, epoch FROM consumer_offset
WHERE consumer = $1 AND topic = $2 AND part = $3"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a partition goes on, and under which epoch its owner may say so."""

    next_offset: int
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """A batch of one partition: from its first record to the offset after its last."""

    partition: TopicPartition
    epoch: int
    first: int
    following: int


async def take_over(connection: Any, consumer: str, partition: TopicPartition) -> Position:
    """Become the owner. Waits for the former owner's open transaction.

    Raises LockNotAvailableError after the connection's lock_timeout.
    """
    row = await connection.fetchrow(TAKE_OVER, consumer, partition.topic, partition.partition)
    return Position(next_offset=row["next_offset"], epoch=row["epoch"])


async def advance(
    connection: Any, consumer: str, advances: Sequence[Advance]
) -> set[TopicPartition]:
    """First statement of a batch's transaction: the partitions that may be applied.

    A partition is left out when it has a new owner, or stands at another offset.
    """
    rows = await connection.fetch(
        ADVANCE,
        consumer,
        [advance.partition.topic for advance in advances],
        [advance.partition.partition for advance in advances],
        [advance.epoch for advance in advances],
        [advance.first for advance in advances],
        [advance.following for advance in advances],
    )
    return {TopicPartition(row["topic"], row["part"]) for row in rows}


async def hold(connection: Any, consumer: str, partition: TopicPartition, offset: int) -> None:
    """Within the batch's transaction: stop before this record after all."""
    await connection.execute(HOLD, consumer, partition.topic, partition.partition, offset)


async def peek(connection: Any, consumer: str, partition: TopicPartition) -> Position | None:
    """What stands in the database now."""
    row = await connection.fetchrow(PEEK, consumer, partition.topic, partition.partition)
    return row and Position(next_offset=row["next_offset"], epoch=row["epoch"])


RESET = """
UPDATE consumer_offset SET next_offset = $4, epoch = epoch + 1
WHERE consumer = $1 AND topic = $2 AND part = $3"""


async def reset(connection: Any, consumer: str, starts: Mapping[TopicPartition, int]) -> None:
    """The log no longer holds what comes next (reliability b2 9): go to where it begins."""
    for partition, start in starts.items():
        await connection.execute(RESET, consumer, partition.topic, partition.partition, start)


REWIND = """
UPDATE consumer_offset SET next_offset = 0, epoch = epoch + 1
WHERE consumer = $1 AND ($2::text[] IS NULL OR topic = ANY($2))"""


async def rewind(connection: Any, consumer: str, topics: Sequence[str] | None = None) -> int:
    """Read everything again, after Kafka was refilled; the inbox skips what was taken.

    topics: only of these; gives the number of partitions.
    """
    return int((await connection.execute(REWIND, consumer, topics)).rpartition(" ")[2])


def advances_of(
    batch: Mapping[TopicPartition, Sequence[Any]],
    epochs: Mapping[TopicPartition, int],
    only: Collection[TopicPartition] | None = None,
) -> list[Advance]:
    """The advances that a fetched batch asks for."""
    return [
        Advance(
            partition=partition,
            epoch=epochs[partition],
            first=records[0].offset,
            following=records[-1].offset + 1,
        )
        for partition, records in batch.items()
        if only is None or partition in only
    ]
