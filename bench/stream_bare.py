"""The limit of whoever reads Kafka into PostgreSQL: fetch, one COPY a batch, nothing decoded."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.contest import Round
from bench.stream import Servers, Watch, observed
from reglament.messaging.consumer_settings import KAFKA, MAX_RECORDS

COLUMNS = ("topic", "part", "record_offset", "key", "value")
TABLE = """CREATE TABLE IF NOT EXISTS bare
  (topic text, part int, record_offset bigint, key text, value text)"""
FETCHING = (
    "isolation_level",
    "fetch_max_wait_ms",
    "max_partition_fetch_bytes",
    "request_timeout_ms",
)


@dataclass(slots=True, kw_only=True)
class Bare:
    """The topics from their first record to `ends`, into a table that is emptied before."""

    servers: Servers
    dsn: str
    ends: Mapping[TopicPartition, int]
    seconds: float
    copied: int = field(default=0)

    async def __call__(self) -> Round:
        """One round."""
        self.copied = 0
        connection = await asyncpg.connect(self.dsn)
        kafka = AIOKafkaConsumer(
            **self.servers.kafka.arguments(),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            **{name: KAFKA[name] for name in FETCHING},
        )
        await connection.execute(f"{TABLE}; TRUNCATE bare")
        await kafka.start()
        kafka.assign(list(self.ends))
        working = asyncio.create_task(self._copy(kafka, connection))
        watch = Watch(
            count=lambda: self.copied,
            total=sum(self.ends.values()),
            seconds=self.seconds,
            meter=self.servers.meter(self.dsn),
        )
        try:
            return await observed(watch, working)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            await kafka.stop()
            await connection.close()

    async def _copy(self, kafka: AIOKafkaConsumer, connection: asyncpg.Connection) -> None:
        while True:
            batch = await kafka.getmany(timeout_ms=200, max_records=MAX_RECORDS)
            rows = [
                (one.topic, one.partition, one.offset, one.key.decode(), one.value.decode())
                for records in batch.values()
                for one in records
            ]
            if rows:
                await connection.copy_records_to_table("bare", records=rows, columns=COLUMNS)
                self.copied += len(rows)
