"""What stands in topics, read as any other subscriber would."""

from typing import Any

from aiokafka import AIOKafkaConsumer


async def records_in(kafka: str, *topics: str) -> list[Any]:
    """Every record from the beginning to the end that each partition has when this is asked."""
    # A reset to the end may be under way when a seek to the beginning is made, and outrun it.
    consumer = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=kafka,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets(sorted(consumer.assignment()))
        assert ends
        found: list[Any] = []
        while [tp for tp, end in ends.items() if await consumer.position(tp) < end]:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += records
        return found
    finally:
        await consumer.stop()
