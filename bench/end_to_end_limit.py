"""The limit of an end to end: commit, produce, consume, commit, by one process each way.

`python -m bench.end_to_end_limit produce|consume DSN KAFKA TOPIC RATE SECONDS`. A record carries
when it was due; the one who has committed it says how long that took.
"""

import asyncio
import json
import sys
import time
from typing import Any

import asyncpg
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench.contest import Round
from reglament.ids import new_id
from reglament.messaging.consumer_settings import KAFKA, MAX_RECORDS
from reglament.messaging.producer import SETTINGS

PARTITIONS, CONNECTIONS = 6, 16
PATIENCE_SECONDS = 60.0
TABLES = """CREATE TABLE IF NOT EXISTS bare_sent (number int, due double precision);
CREATE TABLE IF NOT EXISTS bare_taken (number int, due double precision);
TRUNCATE bare_sent, bare_taken"""
FETCHING = ("isolation_level", "fetch_max_wait_ms", "max_partition_fetch_bytes")


async def bare(dsn: str, kafka: str, rate: float, seconds: float) -> Round:
    """One round; a letter's chain has the same limit."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(TABLES)
    await connection.close()
    topic = f"bare-{new_id()}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
        waits = await _waits(dsn, kafka, topic, rate, seconds)
    finally:
        await admin.delete_topics([topic])
        await admin.close()
    p50, p99 = (sorted(waits)[int(len(waits) * share)] * 1000 for share in (0.5, 0.99))
    return Round(value=p50, figures={"p99_ms": p99, "letter_p50_ms": p50, "letter_p99_ms": p99})


async def _waits(dsn: str, kafka: str, topic: str, rate: float, seconds: float) -> list[float]:
    said = (dsn, kafka, topic, str(rate), str(seconds))
    consuming = await _started("consume", said)
    if consuming.stdout is None or not await consuming.stdout.readline():
        raise RuntimeError("the bare consumer did not come up")
    producing = await _started("produce", said)
    told, _ = await consuming.communicate()
    if await producing.wait() or consuming.returncode:
        raise RuntimeError("the bare chain failed")
    waits: list[float] = json.loads(told)
    return waits


async def _started(role: str, said: tuple[str, ...]) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "bench.end_to_end_limit", role, *said)
    return await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)


async def produce(dsn: str, kafka: str, topic: str, rate: float, seconds: float) -> None:
    """A row committed, a record acknowledged; due at even intervals."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, **SETTINGS)
    await producer.start()
    pool = await asyncpg.create_pool(dsn, min_size=CONNECTIONS, max_size=CONNECTIONS)

    async def one(number: int, due: float) -> None:
        async with pool.acquire() as connection:
            await connection.execute("INSERT INTO bare_sent VALUES ($1, $2)", number, due)
        await producer.send_and_wait(topic, json.dumps([number, due]).encode(), b"%d" % number)

    began, tasks = time.perf_counter(), []
    for number in range(round(rate * seconds)):
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(number, due)))
    await asyncio.gather(*tasks)
    await producer.stop()
    await pool.close()


async def consume(dsn: str, kafka: str, topic: str, number: int) -> list[float]:
    """Batches as they come, a transaction each; seconds from when each was due."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        **{name: KAFKA[name] for name in FETCHING},
    )
    await consumer.start()
    consumer.assign([TopicPartition(topic, each) for each in range(PARTITIONS)])
    connection, waits = await asyncpg.connect(dsn), list[float]()
    await consumer.getmany(timeout_ms=1000)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(waits) < number:
            waits += await _taken(consumer, connection)
    await consumer.stop()
    await connection.close()
    return waits


async def _taken(consumer: Any, connection: Any) -> list[float]:
    found = await consumer.getmany(timeout_ms=200, max_records=MAX_RECORDS)
    rows = [json.loads(one.value) for records in found.values() for one in records]
    if rows:
        async with connection.transaction():
            await connection.executemany("INSERT INTO bare_taken VALUES ($1, $2)", rows)
    now = time.perf_counter()
    return [now - due for _, due in rows]


def main() -> int:
    """One side."""
    role, dsn, kafka, topic, rate, seconds = sys.argv[1:]
    if role == "produce":
        uvloop.run(produce(dsn, kafka, topic, float(rate), float(seconds)))
        return 0
    number = round(float(rate) * float(seconds))
    sys.stdout.write(json.dumps(uvloop.run(consume(dsn, kafka, topic, number))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
