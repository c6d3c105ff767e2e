"""aiokafka's consumer settings, all said aloud: several defaults lose data (trap 3)."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError

from reglament.messaging.connecting import Kafka

# Live, a poll brings a handful; when catching up, big transactions are what makes it fast.
MAX_RECORDS = 1000
KAFKA: Mapping[str, Any] = MappingProxyType(
    {
        "enable_auto_commit": False,
        "auto_offset_reset": "none",
        "isolation_level": "read_committed",
        # Partition n of all ticket topics has one owner (architecture 4).
        "partition_assignment_strategy": (RangePartitionAssignor,),
        "session_timeout_ms": 6000,
        "heartbeat_interval_ms": 500,
        "rebalance_timeout_ms": 10_000,
        "max_poll_records": MAX_RECORDS,
        "fetch_max_wait_ms": 100,
        "max_partition_fetch_bytes": 1_048_576,
        "request_timeout_ms": 15_000,
        "retry_backoff_ms": 100,
        "metadata_max_age_ms": 60_000,
    }
)
STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads. name: the group and the owner of the offsets; instance: unique, stable."""

    name: str
    instance: str
    kafka: Kafka
    database: str


def kafka_consumer(reader: Reader) -> AIOKafkaConsumer:
    """Not started. A static member: a restart within the session time moves no partition."""
    instance = f"{reader.name}-{reader.instance}"
    return AIOKafkaConsumer(
        group_id=reader.name,
        group_instance_id=instance,
        client_id=instance,
        **reader.kafka.arguments(),
        **KAFKA,
    )


async def fetched(
    kafka: AIOKafkaConsumer, *partitions: TopicPartition, wait_ms: int, most: int
) -> dict[TopicPartition, list[Any]]:
    """`getmany`. KafkaError where its fetcher has ended: it would give nothing for ever.

    A fault that aiokafka does not expect (a write to a socket that was closed just then) ends the
    fetcher, is logged, and no call of the consumer says so (aiokafka issue 983).
    """
    fetching = kafka._fetcher.error_future  # there is no public way
    if fetching.done():
        raise KafkaError("the fetcher has ended") from _fault_of(fetching)
    found: dict[TopicPartition, list[Any]]
    found = await kafka.getmany(*partitions, timeout_ms=wait_ms, max_records=most)
    return found


def _fault_of(ended: "asyncio.Task[None]") -> BaseException | None:
    return None if ended.cancelled() else ended.exception()


async def close_consumer(kafka: AIOKafkaConsumer) -> None:
    """`stop()`, with a bound: what it waits for ends with the sockets, broker or no broker.

    It also gives up at the first part that ends with a fault, its sockets open.
    """
    stopping = asyncio.ensure_future(kafka.stop())
    is_over = bool((await asyncio.wait((stopping,), timeout=STOP_SECONDS))[0])
    if not is_over or stopping.exception() is not None:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(kafka._client.close(), 2)  # there is no public way
        await asyncio.wait((stopping,), timeout=2)
        stopping.cancel()
    await asyncio.gather(stopping, return_exceptions=True)
