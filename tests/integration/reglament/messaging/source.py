"""intake's store, a relay of it, and what Kafka then holds."""

import contextlib
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from reglament import clock
from reglament.command_handler import Submission, handle
from reglament.database import connect_pool, migrate
from reglament.decider import Decider
from reglament.errors import Conflict
from reglament.events.registry import Actor, Event
from reglament.events.tickets import TicketResumed
from reglament.events.topics import TICKETS
from reglament.eventstore.postgres import PostgresEventStore
from reglament.eventstore.store import Context, Record
from reglament.lifespan import Supervisor
from reglament.messaging.outbox import ALL, Share
from reglament.messaging.relay import Relay
from reglament.process import LIBRARY_MIGRATIONS
from tests.support.eventually import eventually
from tests.support.stack import Broker

PARTITIONS = 4
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def resume(count: int, _: int) -> list[Event]:
    event = TicketResumed(at=clock.now(), actor=Actor(kind="system", id="test"))
    return [event] * count


DECIDER: Decider[int, int] = Decider(
    decide=resume, evolve=lambda state, _: state + 1, initial_state=0
)


def submission(
    ticket: str, events: int = 1, records: tuple[Record, ...] = ()
) -> Submission[int, int]:
    return Submission(
        stream=f"ticket/{ticket}",
        subject=ticket,
        desk="desk",
        command=events,
        decider_for=lambda _: DECIDER,
        context=Context(recorded_at=clock.now(), traceparent=PARENT),
        records=records,
    )


@dataclass(slots=True, kw_only=True)
class Source:
    """intake's store, and what Kafka holds of it."""

    dsn: str
    broker: Broker
    pool: Any
    store: PostgresEventStore
    begins: dict[TopicPartition, int] = field(default_factory=dict)

    def relay(self, share: Share = ALL) -> Relay:
        return Relay("intake", self.broker.plain, self.dsn, share)

    @asynccontextmanager
    async def relaying(self, share: Share = ALL) -> AsyncIterator[Supervisor]:
        supervisor, relay = Supervisor(), self.relay(share)
        self.store.on_append = relay.wake
        supervisor.start("relay", relay.run)
        try:
            yield supervisor
        finally:
            await supervisor.stop(10)

    async def drained(self, seconds: float = 30) -> None:
        async def is_empty() -> bool:
            return bool(await self.pool.fetchval("SELECT count(*) FROM pending") == 0)

        await eventually(is_empty, seconds)

    async def in_kafka(self, topic: str = TICKETS) -> dict[str, list[Any]]:
        """Records by key, since this test began."""
        kafka = AIOKafkaConsumer(
            bootstrap_servers=self.broker.bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        await kafka.start()
        found: dict[str, list[Any]] = defaultdict(list)
        try:
            lines = [TopicPartition(topic, number) for number in range(PARTITIONS)]
            kafka.assign(lines)
            ends = await kafka.end_offsets(lines)
            while any([await kafka.position(line) < end for line, end in ends.items()]):
                for records in (await kafka.getmany(timeout_ms=100)).values():
                    for record in records:
                        found[(record.key or b"").decode()].append(record)
        finally:
            await kafka.stop()
        return found


async def insist(source: Source, one: Submission[int, int]) -> None:
    """Until it is written, however many others want the same ticket."""
    while True:
        with contextlib.suppress(Conflict):
            await handle(source.store, one)
            return


def sequences(records: list[Any]) -> list[int]:
    return [int(dict(record.headers)["ce_sequence"]) for record in records]


@asynccontextmanager
async def intake(dsn: str, kafka: str, prefix: str = "refill") -> AsyncIterator[Source]:
    """intake's store on this database."""
    pool = await connect_pool(dsn)
    await migrate(pool, LIBRARY_MIGRATIONS)
    store = PostgresEventStore(pool, "/reglament/intake")
    await store.start()
    try:
        broker = Broker(bootstrap=kafka, prefix=prefix)
        yield Source(dsn=dsn, broker=broker, pool=pool, store=store)
    finally:
        await store.stop()
        await pool.close()


RELAY_PROCESS = """
import asyncio, sys
from reglament.messaging.connecting import Kafka
from reglament.messaging.relay import Relay
kafka = Kafka(bootstrap=sys.argv[1])
asyncio.run(Relay("intake", kafka, sys.argv[2]).run(asyncio.Event()))
"""


@contextmanager
def relay_process(source: Source, **environ: str) -> "Iterator[subprocess.Popen[bytes]]":
    process = subprocess.Popen(
        [sys.executable, "-c", RELAY_PROCESS, source.broker.bootstrap, source.dsn],
        env={**os.environ, **environ},
    )
    with process:
        try:
            yield process
        finally:
            process.kill()
