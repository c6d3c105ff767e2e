"""A consumer with one effect on a real database and broker. Tests look at their own tickets."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from reglament import clock
from reglament.database import migrate
from reglament.events.codec import encode
from reglament.events.envelope import Envelope, chained, headers
from reglament.events.registry import Actor
from reglament.events.tickets import TicketResumed
from reglament.events.topics import COMPACTED, KEPT, TICKETS
from reglament.failpoints import arm
from reglament.ids import new_id
from reglament.lifespan import Supervisor
from reglament.messaging.consumer import Consumer
from reglament.messaging.consumer_settings import Reader
from reglament.messaging.consumption import Consumption
from reglament.messaging.producer import start_producer, stop_producer
from reglament.messaging.provisioning import owned_by, provide_topics
from reglament.messaging.taking import Taken
from reglament.process import LIBRARY_MIGRATIONS
from tests.integration.reglament.messaging.source import PARTITIONS, Source, intake
from tests.support.eventually import eventually
from tests.support.stack import Broker, Databases

EFFECTS = "CREATE TABLE effects (id bigserial, subject text, source text, sequence int)"
WRITE = """
INSERT INTO effects (subject, source, sequence)
SELECT subject, source, sequence
FROM unnest($1::text[], $2::text[], $3::int[]) WITH ORDINALITY AS new (subject, source, sequence, n)
ORDER BY n"""
SEEN = "SELECT sequence FROM effects WHERE subject = $1 ORDER BY id"


def ticket_event(
    subject: str, sequence: int, at: Any = None, source: str = "/reglament/intake"
) -> Envelope:
    """The `sequence`th event of a ticket."""
    moment = at or clock.now()
    event = TicketResumed(at=moment, actor=Actor(kind="system", id="test"))
    envelope = Envelope(
        id=new_id(),
        source=source,
        type="TicketResumed",
        schema_version=1,
        subject=subject,
        desk="desk",
        at=moment,
        recorded_at=moment,
        sequence=sequence,
        data=encode(event),
        event=event,
    )
    return chained(envelope, "0" * 64)


@dataclass(slots=True)
class Writes:
    """The effect of a test: a row an event, so that a double shows as two."""

    poison: set[str] = field(default_factory=set)
    refuses: Exception | None = None

    async def apply(self, connection: Any, envelopes: Sequence[Envelope], /) -> None:
        for envelope in envelopes:
            if envelope.subject in self.poison:
                raise self.refuses or ValueError("cannot be understood")
        rows = [(one.subject, one.source, one.sequence) for one in envelopes]
        await connection.execute(WRITE, *(zip(*rows, strict=True)))


@dataclass(slots=True, kw_only=True)
class Bench:
    """One consumer's database, and a producer to feed it."""

    dsn: str
    broker: Broker
    producer: AIOKafkaProducer
    pool: Any
    effect: Writes = field(default_factory=Writes)
    taken: list[Taken] = field(default_factory=list)

    async def send(self, *envelopes: Envelope, topic: str = TICKETS) -> None:
        """Into Kafka, in order."""
        futures = [
            await self.producer.send(topic, one.data, one.topic_key, headers=headers(one))
            for one in envelopes
        ]
        await asyncio.gather(*futures)

    async def send_raw(self, key: str | None, value: bytes, **headers_: str) -> None:
        """A record that nobody of ours would write."""
        pairs = [(name, text.encode()) for name, text in headers_.items()]
        raw_key = None if key is None else key.encode()
        await self.producer.send_and_wait(TICKETS, value, raw_key, headers=pairs)

    def consumption(self, topics: tuple[str, ...] = (TICKETS,)) -> Consumption:
        return Consumption(
            topics=topics,
            projections=(self.effect,),
            dead_letter="reglament.test.dead-letter.v1",
        )

    def consumer(self, instance: str = "0", consumption: Consumption | None = None) -> Consumer:
        reader = Reader(
            name=self.broker.prefix,
            instance=instance,
            kafka=self.broker.plain,
            database=self.dsn,
        )
        return Consumer(reader, consumption or self.consumption(), self._after)

    async def _after(self, taken: Taken) -> None:
        self.taken.append(taken)

    @asynccontextmanager
    async def consuming(
        self, instance: str = "0", consumption: Consumption | None = None
    ) -> AsyncIterator[Supervisor]:
        """A running consumer, stopped at the end of the block."""
        supervisor = Supervisor()
        consumer = self.consumer(instance, consumption)
        supervisor.start("consumer", consumer.run)
        try:
            yield supervisor
        finally:
            await supervisor.stop(10)

    async def seen(self, subject: str) -> list[int]:
        """Sequences whose effect stands in the database, in the order of the effects."""
        return [row["sequence"] for row in await self.pool.fetch(SEEN, subject)]

    async def await_seen(self, subject: str, sequences: Sequence[int], seconds: float = 30) -> None:
        """Until exactly these effects stand there."""

        async def holds() -> bool:
            assert await self.seen(subject) == list(sequences)
            return True

        await eventually(holds, seconds)


async def messaging_tables(dsn: str) -> None:
    """The library's tables and the test's effect."""
    async with asyncpg.create_pool(dsn, min_size=1, max_size=1) as pool:
        await migrate(pool, LIBRARY_MIGRATIONS)
        await pool.execute(EFFECTS)


async def begin_at_the_end(kafka: Broker, pool: Any) -> None:
    """Earlier tests' records are not this one's."""
    lines = [TopicPartition(TICKETS, number) for number in range(PARTITIONS)]
    client = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap)
    await client.start()
    try:
        ends = await client.end_offsets(lines)
    finally:
        await client.stop()
    rows = [(kafka.prefix, line.topic, line.partition, end) for line, end in ends.items()]
    await pool.executemany("INSERT INTO consumer_offset VALUES ($1, $2, $3, $4, 0)", rows)


@pytest.fixture
async def bench(postgres: Databases, kafka: Broker) -> AsyncIterator[Bench]:
    """A fresh database and consumer name; the topics are the session's, read from here on."""
    dsn = await postgres()
    await messaging_tables(dsn)
    await provide_topics(kafka.plain, (*KEPT, *COMPACTED), PARTITIONS, 1)
    producer = await start_producer(kafka.plain, kafka.prefix)
    async with asyncpg.create_pool(dsn, min_size=1, max_size=3) as pool:
        await begin_at_the_end(kafka, pool)
        yield Bench(dsn=dsn, broker=kafka, producer=producer, pool=pool)
    await stop_producer(producer)


@pytest.fixture
async def source(postgres: Databases, kafka: Broker) -> AsyncIterator[Source]:
    await provide_topics(kafka.plain, owned_by("intake"), PARTITIONS, 1)
    async with intake(await postgres(), kafka.bootstrap, kafka.prefix) as made:
        yield made


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    arm("")
