"""A service's process, composed (architecture 12): the one thing every app.py calls.

`create_process(settings, definition)` gives the FastAPI application; nothing runs before its
lifespan begins. Which loops run is said by `settings.roles`. Kafka may be away at the start and
later: the loops wait for it, the API does not.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from typing import TypeVar

import structlog
import uvicorn
from fastapi import FastAPI

from reglament import clock, label_sets, metrics
from reglament.access import AccessBook, AccessProjection
from reglament.collecting import collect_seldom
from reglament.database import close_pool, connect_pool, migrate
from reglament.events.administration import PolicyPublished
from reglament.events.topics import ACCESS, OWNERS, POLICIES, dead_letter
from reglament.eventstore.postgres import PostgresEventStore
from reglament.http.app import ApiDescription, create_api
from reglament.http.one_write import OneWrite
from reglament.lifespan import Supervisor, keep_time, watch_process
from reglament.logs import configure_logs
from reglament.messaging.connecting import Kafka
from reglament.messaging.consumer import Consumer
from reglament.messaging.consumer_settings import Reader
from reglament.messaging.consumption import Consumption, Effect
from reglament.messaging.measures import watch_outbox
from reglament.messaging.outbox import Share
from reglament.messaging.provisioning import await_topics, owned_by, provide_topics
from reglament.messaging.relay import Relay
from reglament.messaging.taking import Taken
from reglament.operations.routes import router as operations
from reglament.policy_book import PolicyBook
from reglament.projections import ProjectionRunner
from reglament.rebuilding import main as rebuild
from reglament.root_keeping import keep_roots
from reglament.runtime import Definition, Runtime
from reglament.server import Server
from reglament.settings import ProcessSettings
from reglament.telemetry import TraceRequests, Tracing, start_tracing

LIBRARY_MIGRATIONS = (
    "reglament.eventstore.migrations",
    "reglament.messaging.migrations",
    "reglament.http.migrations",
)
S = TypeVar("S", bound=ProcessSettings)
log = structlog.get_logger(__name__)


def create_process(settings: ProcessSettings, definition: Definition) -> FastAPI:
    """The application of one service. Nothing is opened before its lifespan."""
    metrics.initialise(
        service=definition.service, version=version("reglament"), instance=settings.instance
    )
    label_sets.of_store(definition.service)
    label_sets.of_letters(definition.service)
    tracing = start_tracing(definition.service, settings.instance, settings.otlp_endpoint)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            runtime = await _open(settings, definition, tracing, stack)
            app.state.access = AccessBook(runtime.pool)
            app.state.runtime = runtime
            log.info("process_ready", service=definition.service, roles=sorted(settings.roles))
            yield
            log.info("process_stopping", service=definition.service)

    about = ApiDescription(
        title=definition.title, description=definition.description, tags=definition.tags
    )
    app = create_api(about, (*definition.routers, operations), settings=settings, lifespan=lifespan)
    if definition.install is not None:
        definition.install(app)
    app.state.service, app.state.definition = definition.service, definition
    app.add_middleware(TraceRequests, tracing=tracing)
    return app


async def _open(
    settings: ProcessSettings, definition: Definition, tracing: Tracing, stack: AsyncExitStack
) -> Runtime:
    """Open in order; what is pushed on `stack` closes in reverse."""
    stack.callback(tracing.close)
    pool = await connect_pool(settings.database, definition.service)
    stack.push_async_callback(close_pool, pool)
    await clock.follow(pool)
    await migrate(pool, _migrations(definition))
    policies = PolicyBook(pool)
    store = PostgresEventStore(pool, definition.source, _inline(definition, policies))
    await store.start()
    stack.push_async_callback(store.stop)
    runtime = Runtime(
        settings=settings,
        service=definition.service,
        pool=pool,
        store=store,
        policies=policies,
        tracing=tracing,
        supervisor=Supervisor(),
    )
    await runtime.policies.refresh()
    if definition.prepare is not None:
        await definition.prepare(runtime)
    _start_loops(runtime, definition)
    stack.push_async_callback(runtime.supervisor.stop, settings.shutdown_seconds)
    return runtime


def _inline(definition: Definition, policies: PolicyBook) -> tuple[Effect, ...]:
    """Read models in the transaction of their events. The owner of policies and keys keeps its
    own copy so; the others get theirs from Kafka."""
    runners: list[Effect] = [ProjectionRunner(one) for one in definition.projections]
    if OWNERS[POLICIES] == definition.service:
        runners.append(policies)
    named = {one.name for one in definition.projections}
    if OWNERS[ACCESS] == definition.service and AccessProjection.name not in named:
        runners.append(ProjectionRunner(AccessProjection()))
    return (*runners, *definition.inline)


def _start_loops(runtime: Runtime, definition: Definition) -> None:
    roles, supervisor = runtime.settings.roles, runtime.supervisor
    supervisor.start("policies", runtime.policies.run)
    supervisor.start("clock", partial(keep_time, runtime.pool))
    supervisor.start("gauges", partial(watch_process, runtime.pool))
    supervisor.start(
        "label-sets", partial(label_sets.follow_desks, runtime.service, runtime.policies)
    )
    if "timers" in roles and runtime.settings.roots is not None:
        supervisor.start("roots", partial(keep_roots, runtime))
    if "relay" in roles:
        supervisor.start("outbox", partial(watch_outbox, runtime.pool))
        _start_relay(runtime)
    if "consumer" in roles and definition.consumption is not None:
        _start_consumer(runtime, definition.consumption(runtime))
    for loop in definition.loops:
        if loop.role in roles:
            supervisor.start(loop.name, partial(loop.run, runtime))


def _start_relay(runtime: Runtime) -> None:
    settings, own = runtime.settings, owned_by(runtime.service)
    kafka = Kafka.of(settings)

    async def loop(relay: Relay, stopping: asyncio.Event) -> None:
        await provide_topics(kafka, own, settings.partitions, settings.replication)
        await relay.run(stopping)

    for number in range(settings.relays):
        place = (runtime.service, kafka, settings.database)
        relay = Relay(*place, Share(number, settings.relays), runtime.tracing)
        runtime.relays.append(relay)
        runtime.supervisor.start(f"relay-{number}" if number else "relay", partial(loop, relay))
    runtime.store.on_append = runtime.wake_relay


def _start_consumer(runtime: Runtime, consumption: Consumption) -> None:
    settings = runtime.settings
    reader = Reader(
        name=runtime.service,
        instance=settings.instance,
        kafka=Kafka.of(settings),
        database=settings.database,
    )
    consumption = replace(
        consumption,
        projections=_effects(runtime, consumption),
        dead_letter=dead_letter(runtime.service),
    )
    label_sets.of_reader(runtime.service, consumption.topics)
    consumer = Consumer(reader, consumption, _after_commit(runtime), runtime.tracing)
    runtime.consumer = consumer

    async def loop(stopping: asyncio.Event) -> None:
        await await_topics(reader.kafka, consumption.topics)
        await consumer.run(stopping)

    runtime.supervisor.start("consumer", loop)


def _effects(runtime: Runtime, consumption: Consumption) -> tuple[Effect, ...]:
    """Policies and keys are kept alike by all who read them."""
    own: list[Effect] = []
    if POLICIES in consumption.topics:
        own.append(runtime.policies)
    if ACCESS in consumption.topics:
        own.append(ProjectionRunner(AccessProjection()))
    return (*own, *consumption.projections)


def _after_commit(runtime: Runtime) -> Callable[[Taken], Awaitable[None]]:
    async def after(taken: Taken) -> None:
        runtime.wake_relay()
        for told in runtime.on_taken:
            told()
        events = (incoming.envelope.event for incoming in taken.effective if incoming.envelope)
        if any(isinstance(event, PolicyPublished) for event in events):
            await runtime.policies.refresh()

    return after


def _migrations(definition: Definition) -> tuple[str, ...]:
    return (*LIBRARY_MIGRATIONS, *definition.migrations)


async def _migrated(settings: ProcessSettings, definition: Definition) -> int:
    """Says each file that was applied; the exit code."""
    for name in await migrate(settings.database, _migrations(definition)):
        sys.stdout.write(f"{name}\n")
    return 0


def run(create_app: Callable[[S], FastAPI], settings: S) -> None:
    """`python -m <service>`: serve until SIGTERM, then finish within `shutdown_seconds`.

    `python -m <service> migrate` brings the database to this release and ends: before a rollout.
    """
    app = create_app(settings)
    collect_seldom()
    if sys.argv[1:2] == ["rebuild"]:
        sys.exit(rebuild(settings, app.state.definition, sys.argv[2:]))
    if sys.argv[1:2] == ["migrate"]:
        sys.exit(asyncio.run(_migrated(settings, app.state.definition)))
    configure_logs(app.state.service, settings.log_level)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=OneWrite,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=max(1, int(settings.shutdown_seconds / 2)),
    )
    Server(config).run()
