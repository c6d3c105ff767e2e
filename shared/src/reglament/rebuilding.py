"""`python -m <service> rebuild [PROJECTION …]`: read models built anew from Kafka and compared.

Beside the running service: its writers are held up only for the last records and the swap.
"""

from collections.abc import Collection, Sequence

from reglament.database import connect_pool
from reglament.events.topics import KEPT, OWNERS, POLICIES
from reglament.eventstore.postgres import PostgresEventStore
from reglament.lifespan import Supervisor
from reglament.messaging.replay import KafkaReplay
from reglament.policy_book import PolicyBook
from reglament.projections import Projection, ProjectionRunner
from reglament.rebuild import Rebuilt, rebuild
from reglament.runtime import Definition, Runtime
from reglament.settings import ProcessSettings
from reglament.telemetry import OFF


async def rebuild_service(
    settings: ProcessSettings, definition: Definition, only: Collection[str] = ()
) -> list[Rebuilt]:
    """One result a projection of the service; `only`: names, none: all of them."""
    pool = await connect_pool(settings.database, f"{definition.service}-rebuild", size=2)
    runtime = Runtime(
        settings=settings,
        service=definition.service,
        pool=pool,
        store=PostgresEventStore(pool, definition.source),
        policies=PolicyBook(pool),
        tracing=OFF,
        supervisor=Supervisor(),
    )
    try:
        await runtime.policies.refresh()
        if definition.prepare is not None:
            await definition.prepare(runtime)
        taken = definition.consumption(runtime) if definition.consumption else None
        runners = (
            [one for one in taken.projections if isinstance(one, ProjectionRunner)] if taken else []
        )
        found = _by_name([*definition.projections, *(one.projection for one in runners)])
        topics = _replayed(definition.service, taken.topics if taken else ())
        return [
            await _one(runtime, projection, topics)
            for name, projection in found.items()
            if not only or name in only
        ]
    finally:
        await pool.close()


def _by_name(projections: Sequence[Projection]) -> dict[str, Projection]:
    """Each once: a read model of own and other events is both inline and the consumer's."""
    return {projection.name: projection for projection in projections}


def _replayed(service: str, taken: Collection[str]) -> tuple[list[str], list[str]]:
    """Own topics, and those it reads; raw records and what the library keeps are left out."""
    own = [topic for topic, owner in OWNERS.items() if owner == service and topic != POLICIES]
    kept = {*KEPT, *(topic for topic in taken if topic in OWNERS)}
    return own, [topic for topic in taken if topic in kept]


async def _one(
    runtime: Runtime, projection: Projection, topics: tuple[list[str], list[str]]
) -> Rebuilt:
    own, taken = topics
    replay = KafkaReplay(runtime.settings.kafka, runtime.service, own, taken)
    async with replay as source, runtime.pool.acquire() as connection:
        await connection.execute("SET statement_timeout = 0")
        await connection.execute("SET idle_in_transaction_session_timeout = 0")
        return await rebuild(projection, source, connection)


def said(results: Sequence[Rebuilt]) -> str:
    """A line a projection, for people."""
    return "\n".join(
        f"{one.table:24} {one.events:8} events  {one.new_hash}  "
        f"{'equal' if one.is_same else 'DIFFERENT, live was ' + one.live_hash}"
        for one in results
    )
