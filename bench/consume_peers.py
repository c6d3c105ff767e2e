"""Reading Kafka with FastStream, one transaction a message, as its guide shows it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from faststream.kafka import KafkaBroker, KafkaMessage

from bench.consume_stage import Stage
from bench.contest import Play, Round
from bench.database import clocked
from bench.stream import Servers, observed
from reglament.events.topics import ESCALATIONS, TICKETS
from reglament.ids import new_id
from reglament.messaging.consumption import Consumption
from reglament.messaging.incoming import read
from reglament.messaging.taking import take
from reglament.runtime import Runtime
from sla_clock.app import consumption

Each = Callable[[Any, Any], Awaitable[None]]
TABLES = """
CREATE TABLE seen (key text PRIMARY KEY);
CREATE TABLE rows (key text PRIMARY KEY, topic text NOT NULL, value text NOT NULL)"""
SEEN = "INSERT INTO seen VALUES ($1) ON CONFLICT DO NOTHING RETURNING key"
ROW = "INSERT INTO rows VALUES ($1, $2, $3)"


def one_by_one(stage: Stage) -> Play:
    """sla-clock's own effects and its inbox, for each message alone."""

    async def one_round() -> Round:
        async with stage.empty() as dsn, clocked(dsn) as runtime:
            effects = _effects(runtime)

            async def each(connection: Any, record: Any) -> None:
                await take(connection, effects, (read(record),))

            return await _played(stage, dsn, runtime, each)

    return one_round


def one_row(stage: Stage) -> Play:
    """The least that reads every event once: whether it was seen, and its bytes."""

    async def one_round() -> Round:
        async with stage.empty() as dsn, clocked(dsn) as runtime:
            await runtime.pool.execute(TABLES)

            async def each(connection: Any, record: Any) -> None:
                key = dict(record.headers)["ce_id"].decode()
                if await connection.fetchval(SEEN, key):
                    await connection.execute(ROW, key, record.topic, record.value.decode())

            return await _played(stage, dsn, runtime, each)

    return one_round


def _effects(runtime: Runtime) -> Consumption:
    own = consumption(runtime)
    return replace(own, projections=(runtime.policies, *own.projections))


async def _played(stage: Stage, dsn: str, runtime: Runtime, each: Each) -> Round:
    done = 0

    async def handle(message: KafkaMessage) -> None:
        nonlocal done
        async with runtime.pool.acquire() as connection, connection.transaction():
            await each(connection, message.raw_message)
        done += 1

    async with _reading(stage.servers, handle):
        never = asyncio.get_running_loop().create_future()
        return await observed(stage.watch(dsn, lambda: done), never)


@asynccontextmanager
async def _reading(
    servers: Servers, handle: Callable[[KafkaMessage], Awaitable[None]]
) -> AsyncIterator[None]:
    broker = KafkaBroker(servers.kafka.bootstrap, logger=None)
    broker.subscriber(
        TICKETS,
        ESCALATIONS,
        group_id=f"bench-{new_id()}",
        auto_offset_reset="earliest",
    )(handle)
    await broker.start()
    try:
        yield
    finally:
        await broker.stop()
