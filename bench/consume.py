"""Events a second that sla-clock folds with all their effects: kept, judged, clocks and reports.

Ours is the service's own process with the role `consumer` alone, on an empty database a round:
its inbox skips what it has seen. The peers are FastStream with a transaction a message: one does
the same work, the other no more than a row for what it has seen and a row for the event.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bench.consume_peers import one_by_one, one_row
from bench.consume_stage import Stage
from bench.contest import LIMIT, Asked, Bench, Contest, Goal, Play, Round
from bench.database import database
from bench.stream import observed, servers
from bench.stream_bare import Bare
from bench.stream_events import fill
from reglament import metrics
from sla_clock.app import create_app
from sla_clock.settings import Settings

EVENTS_A_SECOND = 6000
SAME_WORK, ROW = "FastStream, the same work one by one", "FastStream, a row a transaction"


def _consumed() -> float:
    return sum(
        sample.value
        for family in metrics.CONSUMED.collect()
        for sample in family.samples
        if sample.name.endswith("_total")
    )


def ours(stage: Stage) -> Play:
    """The process; its lifespan ends the round."""

    async def one_round() -> Round:
        async with stage.empty() as dsn:
            app, before = create_app(_settings(stage, dsn)), _consumed()
            async with app.router.lifespan_context(app):
                never = asyncio.get_running_loop().create_future()
                return await observed(stage.watch(dsn, lambda: _consumed() - before), never)

    return one_round


def _settings(stage: Stage, dsn: str) -> Settings:
    said = {"database": dsn, "kafka": stage.servers.kafka.bootstrap, "roles": {"consumer"}}
    secret = "of-a-measurement-that-nobody-can-reach"  # noqa: S105 - no port is opened
    return Settings.model_validate({**said, "secret": secret, "admin_key": "admin"})


@asynccontextmanager
async def prepared(asked: Asked) -> AsyncIterator[Sequence[Contest]]:
    """Kafka with many tickets' events."""
    with servers() as running:
        ends = await fill(running.kafka, round(EVENTS_A_SECOND * asked.seconds))
        stage = Stage(servers=running, ends=ends, seconds=asked.seconds)
        async with database(running.postgres) as dsn:
            yield [
                Contest(
                    name="consume",
                    unit="events/s",
                    ours=ours(stage),
                    limit=Bare(servers=running, dsn=dsn, ends=ends, seconds=asked.seconds),
                    peers={SAME_WORK: one_by_one(stage), ROW: one_row(stage)},
                    goals=(
                        Goal(against=LIMIT, at_least=0.4),
                        Goal(against=SAME_WORK, at_least=5),
                    ),
                )
            ]


BENCH = Bench(name="consume", prepare=prepared)
