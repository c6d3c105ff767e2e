"""All that a service has ever taken or said, read from Kafka again: what projections are made of.

No consumer group: it moves no offsets and disturbs nobody (architecture 9).
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from reglament.events.envelope import Envelope
from reglament.messaging.consumer_settings import KAFKA
from reglament.messaging.incoming import Incoming, read

HOLD = """
SELECT topic, part, next_offset FROM consumer_offset WHERE consumer = $1
ORDER BY topic, part FOR UPDATE"""
HOLD_OWN = "LOCK TABLE events IN SHARE MODE"
WAITING = "SELECT count(*) FROM pending"
BATCH = 2000
PATIENCE_SECONDS = 20.0
Ends = Mapping[TopicPartition, int]


class KafkaReplay:
    """A `rebuild.Source`: own topics as far as the outbox is empty, read ones as far as stored."""

    def __init__(
        self, kafka: str, consumer: str, own: Collection[str], taken: Collection[str]
    ) -> None:
        self._consumer = consumer
        self._own, self._taken = sorted(own), sorted(set(taken) - set(own))
        settings = {key: KAFKA[key] for key in ("isolation_level", "request_timeout_ms")}
        self._kafka = AIOKafkaConsumer(
            *self._own,
            *self._taken,
            bootstrap_servers=kafka,
            group_id=None,
            enable_auto_commit=False,
            **settings,
        )
        self._next: dict[TopicPartition, int] = {}
        self._last: dict[tuple[str, str], int] = {}

    async def __aenter__(self) -> Self:
        """Connect, and stand at the beginning of every partition."""
        await self._kafka.start()
        partitions = sorted(self._kafka.assignment())
        self._next = dict(await self._kafka.beginning_offsets(partitions))
        for partition, offset in self._next.items():
            self._kafka.seek(partition, offset)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None
    ) -> None:
        """Leave."""
        await asyncio.wait_for(self._kafka.stop(), 5)

    async def read(self) -> AsyncIterator[Sequence[Envelope]]:
        """Everything up to the ends that Kafka has now."""
        ends = await self._kafka.end_offsets(list(self._next))
        async for batch in self._up_to(ends):
            yield batch

    async def rest(self, connection: Any) -> AsyncIterator[Sequence[Envelope]]:
        """Hold the writers, then what they have written down and `read` did not give."""
        held = await connection.fetch(HOLD, self._consumer)
        await connection.execute(HOLD_OWN)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await connection.fetchval(WAITING):  # noqa: ASYNC110 - of the database
                await asyncio.sleep(0.05)
        own = [tp for tp in self._next if tp.topic in self._own]
        ends = dict(await self._kafka.end_offsets(own))
        taken = {TopicPartition(row["topic"], row["part"]): row["next_offset"] for row in held}
        ends |= {tp: at for tp, at in taken.items() if tp in self._next}
        async for batch in self._up_to(ends):
            yield batch

    async def _up_to(self, ends: Ends) -> AsyncIterator[Sequence[Envelope]]:
        while behind := [tp for tp, end in ends.items() if self._next[tp] < end]:
            got = await self._kafka.getmany(*behind, timeout_ms=500, max_records=BATCH)
            for partition, records in got.items():
                wanted = [record for record in records if record.offset < ends[partition]]
                if wanted:
                    self._next[partition] = wanted[-1].offset + 1
                if len(wanted) < len(records):
                    self._kafka.seek(partition, ends[partition])
                if batch := self._first_time(map(read, wanted)):
                    yield batch

    def _first_time(self, records: Any) -> list[Envelope]:
        """Without what the relay sent twice."""
        found: list[Envelope] = []
        record: Incoming
        for record in records:
            envelope = record.envelope
            if envelope is None:
                continue
            line = (envelope.source, envelope.subject)
            if envelope.sequence > self._last.get(line, 0):
                self._last[line] = envelope.sequence
                found.append(envelope)
        return found
