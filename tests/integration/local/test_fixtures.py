"""The fixtures that other suites stand on give what they promise."""

import aiosmtplib
import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.support.eventually import eventually
from tests.support.stack import Broker, Databases, Mail

pytestmark = pytest.mark.integration


async def test_each_database_is_fresh_and_of_version_18(postgres: Databases) -> None:
    first, second = await postgres(), await postgres()
    assert first != second
    connection = await asyncpg.connect(second)
    try:
        await connection.execute("CREATE TABLE letters (text text)")
        assert (await connection.fetchval("SHOW server_version")).startswith("18.")
        assert await connection.fetchval("SELECT lower('РЕГЛАМЕНТ')") == "регламент"
    finally:
        await connection.close()


async def test_kafka_carries_a_record_through_a_topic_of_the_tests_own(kafka: Broker) -> None:
    topic = kafka.topic("records")
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        await producer.send_and_wait(topic, b"value", key=b"key")
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest"
    )
    async with consumer:
        assert (await consumer.getone()).value == b"value"


async def test_a_letter_to_any_address_finds_a_mailbox(greenmail: Mail) -> None:
    letter = b"Subject: hello\r\n\r\ntext\r\n"
    host, _, port = greenmail.smtp.partition(":")
    await aiosmtplib.send(
        letter, sender="a@b.example", recipients=["new@desk.example"], hostname=host, port=int(port)
    )
    async with httpx.AsyncClient(trust_env=False) as client:

        async def letters() -> object:
            answer = await client.get(f"{greenmail.api}/api/user/new@desk.example/messages")
            return answer.json()

        assert await eventually(letters)
    await greenmail.purge()
