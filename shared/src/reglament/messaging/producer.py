"""The producer: every setting that matters said aloud (reliability b1, traps 3, 6, 7)."""

import asyncio
import contextlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from aiokafka import AIOKafkaProducer

from reglament.messaging.connecting import Kafka
from reglament.messaging.partitions import choose
from reglament.messaging.provisioning import LARGEST_RECORD

SETTINGS: Mapping[str, Any] = MappingProxyType(
    {
        "acks": "all",
        "enable_idempotence": True,
        "linger_ms": 0,
        "partitioner": choose,
        "max_batch_size": 131_072,
        "max_request_size": LARGEST_RECORD,
        "request_timeout_ms": 10_000,
        "retry_backoff_ms": 100,
        "metadata_max_age_ms": 60_000,
    }
)


async def start_producer(kafka: Kafka, client_id: str, seconds: float = 10) -> AIOKafkaProducer:
    """A started producer. Raises KafkaConnectionError or TimeoutError."""
    producer = AIOKafkaProducer(client_id=client_id, **kafka.arguments(), **SETTINGS)
    try:
        await asyncio.wait_for(producer.start(), seconds)
    except BaseException:
        await kill_producer(producer)
        raise
    return producer


async def stop_producer(producer: AIOKafkaProducer, seconds: float = 3) -> None:
    """Let it send what it has, but not for ever: `stop()` itself has no bound (#1101)."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(producer.stop(), seconds)
        return
    await _end_sender(producer)


async def kill_producer(producer: AIOKafkaProducer) -> None:
    """Drop it with all that is unsent: after an error nothing of it may go out later."""
    await _end_sender(producer)
    with contextlib.suppress(Exception):
        await asyncio.wait_for(producer.stop(), 3)


async def _end_sender(producer: AIOKafkaProducer) -> None:
    """aiokafka has no public way to give up its batches, so its sending task is ended."""
    sender = getattr(producer, "_sender", None)
    task = getattr(sender, "sender_task", None)
    if task is not None:
        task.cancel()
    with contextlib.suppress(Exception):  # closing the sockets ends the requests in flight
        await asyncio.wait_for(producer.client.close(), 3)
    if task is not None:
        await asyncio.wait([task], timeout=3)
