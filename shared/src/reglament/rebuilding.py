"""`python -m <service> rebuild PROJECTION`: a read model built anew beside the running service.

A process of its own, so that the service's answers do not wait for it; started by the service
itself (`operations.rebuilds`), which is told of its progress in the table `rebuilds`.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvloop

from reglament import rebuild_log
from reglament.database import connect, connect_pool
from reglament.events.registry import by_class
from reglament.events.topics import OWNERS
from reglament.eventstore.history import OwnEvents
from reglament.eventstore.postgres import PostgresEventStore
from reglament.lifespan import Supervisor
from reglament.messaging.connecting import Kafka
from reglament.messaging.replay import KafkaReplay
from reglament.policy_book import PolicyBook
from reglament.projections import Projection, ProjectionRunner
from reglament.rebuild import Batches, Hands, Rebuild, Source
from reglament.rebuild_log import RebuildLog
from reglament.runtime import Definition, Runtime
from reglament.settings import ProcessSettings
from reglament.telemetry import OFF

# Whoever waits for us waits this long at most, should this process be frozen.
BOUND = "SET lock_timeout = '1s'; SET idle_in_transaction_session_timeout = '15s'"
UNBOUND = "SET idle_in_transaction_session_timeout = 0"


def projections_of(definition: Definition, runtime: Runtime) -> dict[str, Projection]:
    """By name, each once: a read model of own and other events is both inline and consumed."""
    taken = definition.consumption(runtime).projections if definition.consumption else ()
    runners = [one.projection for one in taken if isinstance(one, ProjectionRunner)]
    return {one.name: one for one in (*definition.projections, *runners)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Own events out of the event table, the others' out of Kafka."""

    parts: tuple[Source, ...]

    async def total(self) -> int:
        """Of all parts."""
        return sum([await part.total() for part in self.parts])

    async def read(self) -> Batches:
        """One part after the other."""
        for part in self.parts:
            async for batch in part.read():
                yield batch

    async def hold(self, connection: Any) -> None:
        """The consumer's offsets before the event table, as the consumer itself locks them."""
        for part in reversed(self.parts):
            await part.hold(connection)

    async def rest(self, connection: Any) -> Batches:
        """One part after the other."""
        for part in self.parts:
            async for batch in part.rest(connection):
                yield batch


async def rebuild_one(
    settings: ProcessSettings, definition: Definition, name: str, log: RebuildLog
) -> None:
    """Build the projection, and write down how far it is and what came of it.

    Raises rebuild_log.Running, KeyError for a name that there is not.
    """
    async with AsyncExitStack() as stack:
        runtime = await stack.enter_async_context(_runtime(settings, definition))
        projection = projections_of(definition, runtime)[name]
        hands = [
            await stack.enter_async_context(_hand(settings.database, f"rebuild-{name}-{part}"))
            for part in ("build", "hold", "look")
        ]
        build, hold, look = hands
        await rebuild_log.lock(build, name)
        await build.execute("SET synchronous_commit = off")
        await hold.execute(BOUND)
        await look.execute(UNBOUND)
        source = await _source(stack, runtime, definition, projection)
        rebuild = Rebuild(
            projection=projection,
            source=source,
            hands=Hands(build=build, hold=hold, look=look),
            told=log.told,
            accept=log.accept,
            shown=log.shown,
        )
        await log.end(await rebuild.run())


@asynccontextmanager
async def _runtime(settings: ProcessSettings, definition: Definition) -> AsyncIterator[Runtime]:
    pool = await connect_pool(settings.database, f"{definition.service}-rebuild", size=2)
    try:
        runtime = Runtime(
            settings=settings,
            service=definition.service,
            pool=pool,
            store=PostgresEventStore(pool, definition.source),
            policies=PolicyBook(pool),
            tracing=OFF,
            supervisor=Supervisor(),
        )
        await runtime.policies.refresh()
        if definition.prepare is not None:
            await definition.prepare(runtime)
        yield runtime
    finally:
        await pool.close()


@asynccontextmanager
async def _hand(dsn: str, name: str) -> AsyncIterator[Any]:
    connection = await connect(dsn, name)
    try:
        yield connection
    finally:
        await connection.close(timeout=2)


async def _source(
    stack: AsyncExitStack, runtime: Runtime, definition: Definition, projection: Projection
) -> Source:
    """Only what the projection cares about is read."""
    topics = {by_class(cls).topic for cls in projection.handles}
    own = {topic for topic in topics if OWNERS[topic] == runtime.service}
    taken = set(definition.consumption(runtime).topics) if definition.consumption else set()
    parts: list[Source] = []
    if own:
        parts.append(OwnEvents(runtime.pool, own))
    if others := (topics - own) & taken:
        kafka = Kafka.of(runtime.settings)
        replay = KafkaReplay(kafka, runtime.pool, runtime.service, others)
        parts.append(await stack.enter_async_context(replay))
    return Sources(parts=tuple(parts))


def main(settings: ProcessSettings, definition: Definition, arguments: Sequence[str]) -> int:
    """`PROJECTION ID`, of a row that the service has written; ends when the service does."""
    name, identity = arguments
    try:
        uvloop.run(_told_or_failed(settings, definition, name, identity))
    except Exception as fault:  # noqa: BLE001 - said in the table and here; the exit code says the rest
        sys.stderr.write(f"{type(fault).__name__}: {fault}\n")
        return 1
    return 0


async def _told_or_failed(
    settings: ProcessSettings, definition: Definition, name: str, identity: str
) -> None:
    async with _hand(settings.database, "rebuild-log") as connection:
        log = await RebuildLog.of(connection, identity)
        parent = asyncio.create_task(_until_orphaned())
        work = asyncio.create_task(rebuild_one(settings, definition, name, log))
        try:
            await asyncio.wait((parent, work), return_when=asyncio.FIRST_COMPLETED)
            if parent.done():
                work.cancel("the service that started it has ended")
            await work
        except (Exception, asyncio.CancelledError) as fault:
            await rebuild_log.fail(connection, identity, f"{type(fault).__name__}: {fault}")
            raise
        finally:
            parent.cancel()
            work.cancel()
            await asyncio.gather(parent, work, return_exceptions=True)


async def _until_orphaned() -> None:
    parent = os.getppid()
    while os.getppid() == parent:  # noqa: ASYNC110 - the kernel tells nobody
        await asyncio.sleep(0.5)
