"""intake's whole history of all tickets built anew from Kafka: read, compared, swapped in.

Ours is the machinery of `reglament rebuild` with Kafka as its only source. Its rate is of all of
it; `reading` is the rate of the first phase alone, which is what the limit does as well.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from aiokafka import TopicPartition

from bench.contest import LIMIT, Asked, Bench, Contest, Goal, Round
from bench.database import database
from bench.stream import Servers, servers
from bench.stream_bare import Bare
from bench.stream_events import fill
from intake.projections.history import History
from reglament.database import connect, connect_pool, migrate
from reglament.events.topics import ESCALATIONS, TICKETS
from reglament.messaging.replay import KafkaReplay
from reglament.process import LIBRARY_MIGRATIONS
from reglament.rebuild import Hands, Rebuild

# So long that what has its price once, whatever the number of events, is not what is measured.
EVENTS_A_SECOND = 20_000
STORED = "INSERT INTO consumer_offset VALUES ($1, $2, $3, $4, 1)"
UNBOUND = "SET statement_timeout = 0; SET transaction_timeout = 0; SET lock_timeout = '1s'"


@dataclass(slots=True, kw_only=True)
class Ours:
    """Against the table that the round before has built; the first is against an empty one."""

    servers: Servers
    dsn: str
    pool: Any
    phases: dict[str, float] = field(default_factory=dict)

    async def __call__(self) -> Round:
        """One round."""
        self.phases.clear()
        meter = self.servers.meter(self.dsn)
        async with AsyncExitStack() as stack:
            rebuild = await self._rebuild(stack)
            service, sessions = meter.read()
            began = perf_counter()
            found = await rebuild.run()
            seconds = perf_counter() - began
            service_now, sessions_now = meter.read()
        if not found.swapped or found.rows != found.events:
            raise RuntimeError(f"the rebuild came to {found}")
        each = 1e6 / found.events
        spent = sum(now - sessions.get(pid, now) for pid, now in sessions_now.items())
        own, its = (service_now - service) * each, spent * each
        reading = found.events / (self.phases["comparing"] - began)
        figures = {"reading": reading, "own_us": own, "database_us": its, "cpu_us": own + its}
        return Round(value=found.events / seconds, figures={**figures, "events": found.events})

    async def _rebuild(self, stack: AsyncExitStack) -> Rebuild:
        hands = []
        for part in ("build", "hold", "look"):
            hand = await connect(self.dsn, f"rebuild-{part}")
            stack.push_async_callback(hand.close)
            await hand.execute(UNBOUND)
            hands.append(hand)
        await hands[0].execute("SET synchronous_commit = off")
        topics = (TICKETS, ESCALATIONS)
        replay = KafkaReplay(self.servers.kafka, self.pool, "intake", topics)
        return Rebuild(
            projection=History(),
            source=await stack.enter_async_context(replay),
            hands=Hands(build=hands[0], hold=hands[1], look=hands[2]),
            told=self._told,
            accept=True,
        )

    async def _told(self, phase: str, _: int, __: int) -> None:
        self.phases.setdefault(phase, perf_counter())


async def taken(pool: Any, ends: Mapping[TopicPartition, int]) -> None:
    """intake's tables, as if its consumer had taken everything."""
    await migrate(pool, (*LIBRARY_MIGRATIONS, "intake.migrations"))
    rows = [("intake", line.topic, line.partition, end) for line, end in ends.items()]
    await pool.executemany(STORED, rows)


@asynccontextmanager
async def prepared(asked: Asked) -> AsyncIterator[Sequence[Contest]]:
    """Kafka with many tickets' events."""
    with servers() as running:
        ends = await fill(running.kafka, round(EVENTS_A_SECOND * asked.seconds))
        async with database(running.postgres) as dsn:
            pool = await connect_pool(dsn)
            try:
                await taken(pool, ends)
                bare = Bare(servers=running, dsn=dsn, ends=ends, seconds=asked.seconds)
                yield [
                    Contest(
                        name="rebuild",
                        unit="events/s",
                        ours=Ours(servers=running, dsn=dsn, pool=pool),
                        limit=bare,
                        goals=(Goal(against=LIMIT, at_least=0.5),),
                    )
                ]
            finally:
                await pool.close()


BENCH = Bench(name="rebuild", prepare=prepared)
