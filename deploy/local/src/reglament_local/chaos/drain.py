"""Waits until nothing is on its way any more: outboxes, inboxes, letters, timers."""

from collections.abc import Mapping
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from reglament_local.chaos.house import House
from reglament_local.chaos.journal import Journal
from reglament_local.chaos.reading import database
from reglament_local.chaos.waiting import until
from reglament_local.secrets_file import DATABASES

DRAIN_SECONDS = 300.0
# The checks take a while: no timer may come due meanwhile, so those ahead are waited for.
ON_THE_WAY: Mapping[str, Mapping[str, str]] = {
    "intake": {"letters undecided": "SELECT count(*) FROM letters WHERE outcome IS NULL"},
    "notifier": {
        "letters unsent": "SELECT count(*) FROM letters WHERE state IN ('ready', 'waiting')",
        "webhooks unsent": "SELECT count(*) FROM webhooks WHERE state = 'ready'",
    },
    "sla_clock": {
        "timers due": "SELECT count(*) FROM timers"
        " WHERE look_at <= clock_timestamp() + interval '90 s'"
    },
}
OFFSETS = "SELECT topic, part, next_offset FROM consumer_offset"


async def drained(house: House, journal: Journal) -> None:
    """Everything has arrived. Raises TimeoutError naming what has not."""
    left: dict[str, int] = {}

    async def is_quiet() -> bool:
        left.clear()
        try:
            left.update(await on_the_way(house, journal))
        except (OSError, asyncpg.PostgresError, KafkaError, TimeoutError) as fault:
            left[repr(fault)] = 1
        return not any(left.values())

    try:
        await until(is_quiet, DRAIN_SECONDS, "", poll=1.0)
    except TimeoutError as fault:
        what = ", ".join(f"{count} {name}" for name, count in left.items() if count)
        raise TimeoutError(f"not drained after {DRAIN_SECONDS:.0f} s: {what}") from fault


async def on_the_way(house: House, journal: Journal) -> dict[str, int]:
    """How many of each are still on their way."""
    found: dict[str, int] = {}
    read_up_to: dict[str, dict[TopicPartition, int]] = {}
    for service in DATABASES:
        async with database(house, service) as connection:
            for name, query in {**ON_THE_WAY.get(service, {}), "pending": PENDING}.items():
                found[f"{name} in {service}"] = await connection.fetchval(query)
            read_up_to[service] = await _offsets(connection)
            if service == "intake":
                ids = [letter.message_id for letter in journal.posted]
                found["letters unread"] = await connection.fetchval(UNREAD, ids)
    found |= await _lags(house, read_up_to)
    return found


PENDING = "SELECT count(*) FROM pending"
UNREAD = """
SELECT count(*) FROM unnest($1::text[]) AS posted(id)
WHERE NOT EXISTS (SELECT FROM letters WHERE message_id = posted.id)"""


async def _offsets(connection: Any) -> dict[TopicPartition, int]:
    rows = await connection.fetch(OFFSETS)
    return {TopicPartition(row["topic"], row["part"]): row["next_offset"] for row in rows}


async def _lags(
    house: House, read_up_to: Mapping[str, Mapping[TopicPartition, int]]
) -> dict[str, int]:
    partitions = {partition for offsets in read_up_to.values() for partition in offsets}
    consumer = AIOKafkaConsumer(
        bootstrap_servers=house.stack.kafka.address, group_id=None, enable_auto_commit=False
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets(list(partitions))
    finally:
        await consumer.stop()
    return {
        f"events unread by {service}": sum(
            max(0, ends[partition] - offset) for partition, offset in offsets.items()
        )
        for service, offsets in read_up_to.items()
    }
