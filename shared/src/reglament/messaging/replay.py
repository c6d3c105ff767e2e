"""All that a service has ever taken, read from Kafka again: what projections are made of.

No consumer group: it moves no offsets and disturbs nobody (architecture 9).
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from reglament.events.envelope import Envelope
from reglament.messaging.connecting import Kafka
from reglament.messaging.consumer_settings import KAFKA, fetched
from reglament.messaging.incoming import Incoming, read

STORED = "SELECT topic, part, next_offset FROM consumer_offset WHERE consumer = $1"
HOLD = f"{STORED} ORDER BY topic, part FOR UPDATE"
BATCH = 2000
# Records that are read before others may work.
A_CHUNK = 100
FETCHING = ("isolation_level", "request_timeout_ms", "fetch_max_wait_ms")
Ends = Mapping[TopicPartition, int]


class LogLost(RuntimeError):
    """Kafka does not hold what was taken out of it before."""


class KafkaReplay:
    """A `rebuild.Source`: `topics` from their first record, as far as `consumer` has stored.

    Never further: the live table does not know what comes after that.
    """

    def __init__(self, kafka: Kafka, pool: Any, consumer: str, topics: Collection[str]) -> None:
        self._pool, self._consumer = pool, consumer
        settings = {key: KAFKA[key] for key in FETCHING}
        self._kafka = AIOKafkaConsumer(
            *sorted(topics),
            group_id=None,
            enable_auto_commit=False,
            **kafka.arguments(),
            **settings,
        )
        self._next: dict[TopicPartition, int] = {}
        self._ends: dict[TopicPartition, int] = {}
        self._last: dict[tuple[str, str], int] = {}

    async def __aenter__(self) -> Self:
        """Connect, and stand at the beginning of every partition."""
        await self._kafka.start()
        partitions = sorted(self._kafka.assignment())
        self._next = dict(await self._kafka.beginning_offsets(partitions))
        for partition, offset in self._next.items():
            self._kafka.seek(partition, offset)
        self._ask_only(set())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None
    ) -> None:
        """Leave."""
        await asyncio.wait_for(self._kafka.stop(), 5)

    async def total(self) -> int:
        """About how many records there are."""
        ends = await self._stored(self._pool, STORED)
        return sum(max(0, end - self._next[partition]) for partition, end in ends.items())

    async def read(self) -> AsyncIterator[Sequence[Envelope]]:
        """Up to what the consumer has stored by now. Raises LogLost."""
        async for batch in self._up_to(await self._stored(self._pool, STORED)):
            yield batch

    async def hold(self, connection: Any) -> None:
        """Hold the consumer. Raises LogLost."""
        self._ends = await self._stored(connection, HOLD)

    async def rest(self, _: Any) -> AsyncIterator[Sequence[Envelope]]:
        """What the consumer has stored and `read` did not give."""
        async for batch in self._up_to(self._ends):
            yield batch

    async def _stored(self, connection: Any, statement: str) -> dict[TopicPartition, int]:
        rows = await connection.fetch(statement, self._consumer)
        found = {TopicPartition(row["topic"], row["part"]): row["next_offset"] for row in rows}
        stored = {partition: at for partition, at in found.items() if partition in self._next}
        there = await self._kafka.end_offsets(list(stored))
        if short := [f"{tp.topic}/{tp.partition}" for tp, at in stored.items() if there[tp] < at]:
            raise LogLost(f"Kafka has lost the end of {', '.join(short)}: republish first")
        return stored

    async def _up_to(self, ends: Ends) -> AsyncIterator[Sequence[Envelope]]:
        while behind := {tp for tp, end in ends.items() if self._next[tp] < end}:
            self._ask_only(behind)
            got = await fetched(self._kafka, *behind, wait_ms=500, most=BATCH)
            wanted: list[Any] = []
            for partition, records in got.items():
                wanted += self._before(ends[partition], partition, records)
            together: list[Envelope] = []
            for start in range(0, len(wanted), A_CHUNK):
                together += self._first_time(map(read, wanted[start : start + A_CHUNK]))
                await asyncio.sleep(0)
            if together:
                yield together
        self._ask_only(set())

    def _ask_only(self, behind: Collection[TopicPartition]) -> None:
        """Where a partition has nothing new, a fetch waits for it, and who else asks Kafka too."""
        self._kafka.pause(*(self._kafka.assignment() - behind))
        self._kafka.resume(*behind)

    def _before(self, end: int, partition: TopicPartition, records: list[Any]) -> list[Any]:
        """Those before the end; the next ones are read from where these end."""
        wanted = [record for record in records if record.offset < end]
        self._next[partition] = records[-1].offset + 1
        if len(wanted) < len(records):
            self._next[partition] = end
            self._kafka.seek(partition, end)
        return wanted

    def _first_time(self, records: Iterable[Incoming]) -> list[Envelope]:
        """Without what the relay sent twice."""
        found: list[Envelope] = []
        for record in records:
            envelope = record.envelope
            if envelope is None:
                continue
            line = (envelope.source, envelope.subject)
            if envelope.sequence > self._last.get(line, 0):
                self._last[line] = envelope.sequence
                found.append(envelope)
        return found
