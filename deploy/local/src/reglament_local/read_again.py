"""How far each service has read a Kafka that was filled again.

A read model is built as far as its service has read. So all of it counts as read until the read
models are there; then nothing does, and each service reads from the first record on: what its inbox
knows it skips, what was on its way at the backup it takes.
"""

from collections.abc import Sequence

import asyncpg
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient

from reglament_local.secrets_file import DATABASES
from reglament_local.stack import Stack

OURS = "reglament."
SET = """
INSERT INTO consumer_offset (consumer, topic, part, next_offset, epoch)
SELECT $1, topic, part, at, 1
FROM unnest($2::text[], $3::int[], $4::bigint[]) AS ends (topic, part, at)
ON CONFLICT (consumer, topic, part) DO UPDATE SET next_offset = excluded.next_offset"""
FORGET = "DELETE FROM consumer_offset"


async def as_if_read(stack: Stack) -> None:
    """Every service stands at the end of every partition; no consumer may run."""
    ends = await _ends(stack.kafka.address)
    columns = list(zip(*ends, strict=True)) or [(), (), ()]
    for name in DATABASES:
        await _execute(stack.postgres.dsn(name), SET, name.replace("_", "-"), *map(list, columns))


async def unread(stack: Stack) -> None:
    """Every service begins at the first record."""
    for name in DATABASES:
        await _execute(stack.postgres.dsn(name), FORGET)


async def _execute(dsn: str, statement: str, *arguments: object) -> None:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        await connection.execute(statement, *arguments)
    finally:
        await connection.close(timeout=5)


async def _ends(kafka: str) -> Sequence[tuple[str, int, int]]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        topics = [topic for topic in await admin.list_topics() if topic.startswith(OURS)]
    finally:
        await admin.close()
    consumer = AIOKafkaConsumer(
        *topics, bootstrap_servers=kafka, group_id=None, enable_auto_commit=False
    )
    await consumer.start()
    try:
        found = await consumer.end_offsets(list(consumer.assignment()))
    finally:
        await consumer.stop()
    return [(tp.topic, tp.partition, at) for tp, at in found.items()]
