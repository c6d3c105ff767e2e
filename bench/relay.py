"""Rows of the outbox to records that Kafka has acknowledged, against a producer with no outbox.

Ours is the relay as every service runs it, on intake's event table. The limit sends the same
keys, bytes and headers to the same topics with the same settings, out of memory.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.contest import LIMIT, Asked, Bench, Contest, Goal, Round
from bench.database import database
from bench.stream import Servers, Watch, chunks, observed, servers
from bench.stream_events import INTAKE, OWN, commits, provide
from reglament import metrics
from reglament.database import UNBOUNDED, connect_pool, migrate
from reglament.eventstore.postgres import PostgresEventStore
from reglament.messaging import outbox
from reglament.messaging.outbox import ALL, Outgoing
from reglament.messaging.producer import kill_producer, start_producer
from reglament.messaging.relay import LIMIT as BATCH
from reglament.messaging.relay import Relay
from reglament.process import LIBRARY_MIGRATIONS

# More than the relay takes in a second; who is done earlier has a shorter round.
ROWS_A_SECOND = 8000
COMMITS = 250


async def filled(pool: Any, rows: int) -> None:
    """intake's event table, by its event store."""
    await migrate(pool, LIBRARY_MIGRATIONS)
    store = PostgresEventStore(pool, INTAKE)
    for some in chunks(commits(rows // OWN + 1), COMMITS):
        async with pool.acquire() as connection, connection.transaction():
            await store.append_in(connection, some)


def _relayed() -> float:
    return next(
        sample.value
        for family in metrics.RELAYED.collect()
        for sample in family.samples
        if sample.name.endswith("_total")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """Everything waits in the outbox again at the start of a round, as after a lost Kafka."""

    servers: Servers
    dsn: str
    pool: Any
    seconds: float

    async def __call__(self) -> Round:
        """One round."""
        total = await _waiting(self.pool)
        await self.pool.execute("VACUUM ANALYZE pending")
        before, stopping = _relayed(), asyncio.Event()
        running = asyncio.create_task(
            Relay("intake", self.servers.kafka, self.dsn, ALL).run(stopping)
        )
        watch = Watch(
            count=lambda: _relayed() - before,
            total=total,
            seconds=self.seconds,
            meter=self.servers.meter(self.dsn),
        )
        try:
            return await observed(watch, running)
        finally:
            stopping.set()
            await running


@dataclass(slots=True, kw_only=True)
class Bare:
    """A thousand records handed over while the thousand before them are acknowledged."""

    servers: Servers
    dsn: str
    records: Sequence[Outgoing]
    seconds: float
    sent: int = field(default=0)

    async def __call__(self) -> Round:
        """One round."""
        self.sent = 0
        producer = await start_producer(self.servers.kafka, "bench-bare")
        working = asyncio.create_task(self._send(producer))
        watch = Watch(
            count=lambda: self.sent,
            total=len(self.records),
            seconds=self.seconds,
            meter=self.servers.meter(self.dsn),
        )
        try:
            return await observed(watch, working)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            await kill_producer(producer)

    async def _send(self, producer: Any) -> None:
        before: list[asyncio.Future[Any]] = []
        for some in chunks(self.records, BATCH):
            now = [
                await producer.send(one.topic, one.value, one.key, headers=list(one.headers))
                for one in some
            ]
            self.sent += len(await asyncio.gather(*before))
            before = now
        self.sent += len(await asyncio.gather(*before))


async def _waiting(pool: Any) -> int:
    """All rows wait again; how many."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(UNBOUNDED)
        await connection.execute("TRUNCATE pending")
        return await outbox.refill(connection)


async def _all(pool: Any) -> list[Outgoing]:
    return await outbox.read(pool, ALL, await _waiting(pool), INTAKE)


@asynccontextmanager
async def prepared(asked: Asked) -> AsyncIterator[Sequence[Contest]]:
    """An event table, Kafka's topics, and the same records in memory."""
    with servers() as running:
        await provide(running.kafka)
        async with database(running.postgres) as dsn:
            pool = await connect_pool(dsn)
            try:
                await filled(pool, round(ROWS_A_SECOND * asked.seconds))
                records = await _all(pool)
                yield [
                    Contest(
                        name="relay",
                        unit="records/s",
                        ours=Ours(servers=running, dsn=dsn, pool=pool, seconds=asked.seconds),
                        limit=Bare(
                            servers=running, dsn=dsn, records=records, seconds=asked.seconds
                        ),
                        goals=(Goal(against=LIMIT, at_least=0.6),),
                    )
                ]
            finally:
                await pool.close()


BENCH = Bench(name="relay", prepare=prepared)
