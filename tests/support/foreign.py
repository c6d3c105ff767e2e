"""Records on a ticket topic that none of our services wrote, and what they leave behind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import asyncpg

from reglament.events.topics import TICKETS
from reglament.ids import new_id
from reglament.messaging.connecting import Kafka
from reglament.messaging.producer import start_producer, stop_producer
from tests.support.eventually import eventually

READERS = ("sla_clock", "escalation", "notifier")
PATIENCE = 60.0


@asynccontextmanager
async def foreign_records(ready: dict[str, Any], *values: bytes) -> AsyncIterator[str]:
    """The records of one subject, a dead letter with what waits behind it for all who read the
    topic; forgotten when it is left.
    """
    subject = new_id()
    producer = await start_producer(Kafka(bootstrap=ready["kafka"]), "foreign")
    for value in values:
        await producer.send_and_wait(TICKETS, value, key=subject.encode())
    await stop_producer(producer)
    databases = [ready["databases"][service] for service in READERS]
    for dsn in databases:
        await eventually(partial(_is_dead, dsn, subject), PATIENCE)
    try:
        yield subject
    finally:
        for dsn in databases:
            await _forget(dsn, subject)


async def _is_dead(dsn: str, subject: str) -> bool:
    connection = await asyncpg.connect(dsn)
    try:
        found = await connection.fetchval(
            "SELECT count(*) FROM dead_letter WHERE subject = $1", subject
        )
        return bool(found)
    finally:
        await connection.close()


async def _forget(dsn: str, subject: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for table in ("dead_letter", "blocked", "parked"):
            await connection.execute(f"DELETE FROM {table} WHERE subject = $1", subject)  # noqa: S608
    finally:
        await connection.close()
