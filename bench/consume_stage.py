"""Where sla-clock and its peers play: Kafka with many tickets' events, an empty database each."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import TopicPartition

from bench.database import clocked, database
from bench.stream import Servers, Watch
from bench.stream_events import policy
from reglament.policy_book import keep_policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What all play on. seconds: of a round."""

    servers: Servers
    ends: Mapping[TopicPartition, int]
    seconds: float

    @asynccontextmanager
    async def empty(self) -> AsyncIterator[str]:
        """sla-clock's database, with nothing but the desk's policy."""
        async with database(self.servers.postgres) as dsn:
            async with clocked(dsn) as runtime, runtime.pool.acquire() as connection:
                await keep_policy(connection, policy())
            yield dsn

    def watch(self, dsn: str, count: Callable[[], float]) -> Watch:
        """Of that database."""
        total, meter = sum(self.ends.values()), self.servers.meter(dsn)
        return Watch(count=count, total=total, seconds=self.seconds, meter=meter)
