"""Our consumer, relay and topics on a Kafka that lets nobody in without TLS and a login."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import TopicAuthorizationFailedError

from reglament.command_handler import handle
from reglament.events.topics import CONTACTS, TICKETS
from reglament.ids import new_id
from reglament.lifespan import Supervisor
from reglament.messaging.connecting import KafkaRefused
from reglament.messaging.consumer import Consumer
from reglament.messaging.consumer_settings import Reader
from reglament.messaging.consumption import Consumption
from reglament.messaging.provisioning import await_topics, owned_by, provide_topics
from reglament.messaging.relay import Relay
from tests.integration.reglament.messaging.conftest import Writes, messaging_tables
from tests.integration.reglament.messaging.source import intake, submission
from tests.support.certificates import certificates
from tests.support.eventually import eventually
from tests.support.guarded_kafka import ADMIN, GuardedKafka, guarded_kafka
from tests.support.stack import Databases

pytestmark = pytest.mark.integration
USERS = {"intake": "of intake", "sla-clock": "of sla-clock"}
SECONDS = 90


async def test_a_guarded_kafka_serves_whom_it_knows_and_refuses_the_rest(
    postgres: Databases, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "aiokafka")
    async with guarded_kafka(tmp_path, USERS) as kafka:
        await provide_topics(kafka.of(ADMIN), owned_by("intake"), 4, 1)
        await kafka.allow("intake", reads=(), writes=owned_by("intake"))
        await kafka.allow("sla-clock", reads=(TICKETS,), writes=())
        await the_way_of_an_event(kafka, postgres)
        await a_foreign_topic_is_refused(kafka)
        await a_wrong_password_is_named(kafka)
        await another_authority_is_named(kafka, tmp_path / "other")


async def the_way_of_an_event(kafka: GuardedKafka, postgres: Databases) -> None:
    """Out of intake's table by its relay, into sla-clock's by its consumer."""
    ticket, dsn = new_id(), await postgres()
    await messaging_tables(dsn)
    async with intake(await postgres(), kafka.address) as source:
        await handle(source.store, submission(ticket, 3))
        # May not create topics, and need not: they are there.
        await provide_topics(kafka.of("intake"), owned_by("intake"), 4, 1)
        relay = Relay("intake", kafka.of("intake"), source.dsn)
        effect = Writes()
        reader = Reader(name="sla-clock", instance="0", kafka=kafka.of("sla-clock"), database=dsn)
        await await_topics(reader.kafka, (TICKETS,))
        consumer = Consumer(reader, Consumption(topics=(TICKETS,), projections=(effect,)))
        async with loops(relay, consumer):
            await eventually(lambda: seen(dsn, ticket), SECONDS)


@asynccontextmanager
async def loops(relay: Relay, consumer: Consumer) -> AsyncIterator[None]:
    """Both at work, as a process has them."""
    supervisor = Supervisor()
    supervisor.start("relay", relay.run)
    supervisor.start("consumer", consumer.run)
    try:
        yield
    finally:
        await supervisor.stop(10)


async def seen(dsn: str, ticket: str) -> bool:
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("SELECT sequence FROM effects WHERE subject = $1", ticket)
    finally:
        await connection.close()
    return sorted(row["sequence"] for row in rows) == [1, 2, 3]


async def a_foreign_topic_is_refused(kafka: GuardedKafka) -> None:
    consumer = AIOKafkaConsumer(CONTACTS, **kafka.of("sla-clock").arguments())
    try:
        with pytest.raises(TopicAuthorizationFailedError):
            await asyncio.wait_for(consumer.start(), SECONDS)
    finally:
        await consumer.stop()


async def a_wrong_password_is_named(kafka: GuardedKafka) -> None:
    with pytest.raises(KafkaRefused, match="refuses intake, look at …_KAFKA_USERNAME"):
        await await_topics(kafka.of("intake", "of nobody"), (TICKETS,))


async def another_authority_is_named(kafka: GuardedKafka, folder: Path) -> None:
    other = GuardedKafka(address=kafka.address, files=certificates(folder), users=USERS)
    with pytest.raises(KafkaRefused, match="look at …_KAFKA_CA"):
        await provide_topics(other.of("intake"), owned_by("intake"), 4, 1)
