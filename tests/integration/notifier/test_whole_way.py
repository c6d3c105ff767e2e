"""From a record on Kafka to a letter in the requester's mailbox and back onto Kafka."""

import asyncio
import imaplib
from email import message_from_bytes, policy
from typing import Any

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from notifier.app import create_app
from notifier.settings import NotifierSettings
from reglament.events import topics
from reglament.events.administration import PolicyPublished
from reglament.events.envelope import Envelope, headers
from reglament.events.registry import by_class
from reglament.events.tickets import TicketOpened
from reglament.ids import new_id
from reglament.messaging.incoming import POSITION
from reglament.messaging.provisioning import owned_by, provide_topics
from reglament.runtime import Runtime
from reglament.testing import AT, SYSTEM, Author
from tests.integration.notifier.conftest import CONTENT, POLICY, SECRET, author
from tests.support.eventually import eventually
from tests.support.stack import Broker, Databases, Mail

pytestmark = pytest.mark.integration


async def produce(producer: AIOKafkaProducer, *envelopes: Envelope) -> None:
    for each in envelopes:
        topic = by_class(type(each.event)).topic
        await producer.send_and_wait(topic, each.data, key=each.topic_key, headers=headers(each))


async def record(producer: AIOKafkaProducer, topic: str, key: str, value: dict[str, Any]) -> None:
    said = [(POSITION, b"1"), ("content-type", b"application/json")]
    encoded = msgspec.json.encode(value)
    await producer.send_and_wait(topic, encoded, key=key.encode(), headers=said)


def mailbox(server: str, address: str) -> list[Any]:
    host, _, port = server.partition(":")
    with imaplib.IMAP4(host, int(port)) as box:
        box.login(address, "x")
        box.select()
        found = box.search(None, "ALL")[1][0].split()
        letters: list[Any] = [box.fetch(number, "(RFC822)")[1][0] for number in found]
    return [message_from_bytes(part[1], policy=policy.default) for part in letters]


async def test_a_record_becomes_a_letter_and_an_event(
    postgres: Databases, kafka: Broker, greenmail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The consumer's commit wakes the sender, which looks by itself too late here."""
    monkeypatch.setattr("notifier.timers.letters.POLL_SECONDS", 600.0)
    for service in ("intake", "sla-clock", "escalation", "notifier"):
        await provide_topics(kafka.plain, owned_by(service), 4, 1)
    desk, ticket, address = f"d{kafka.prefix[:20]}", new_id(), f"{kafka.prefix}@client.example"
    said = author(ticket)
    document = {**POLICY, "desk": desk}
    published = PolicyPublished(
        at=AT, actor=SYSTEM, desk=desk, version=1, document=document, digest="-"
    )
    opened = TicketOpened(
        at=AT,
        actor=SYSTEM,
        number="N-000007",
        channel="web",
        requester=ticket,
        content=msgspec.structs.replace(CONTENT, id=ticket),
        priority="normal",
    )
    settings = NotifierSettings.model_validate(
        {
            "database": await postgres(),
            "kafka": kafka.bootstrap,
            "partitions": 4,
            "secret": SECRET,
            "smtp": greenmail.smtp,
        }
    )
    app = create_app(settings)
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
    await producer.start()
    try:
        policies = Author(source="/reglament/intake", subject=f"{desk}@1", desk=desk)
        await produce(producer, *policies.history(published))
        by_desk = said.about(ticket, desk=desk)
        await produce(producer, *by_desk.history(opened))
        await record(producer, topics.CONTACTS, ticket, {"email": address, "name": "Анна"})
        await record(producer, topics.CONTENTS, ticket, {"version": 1, "subject": "Принтер"})
        async with app.router.lifespan_context(app):
            runtime: Runtime = app.state.runtime

            async def letters() -> list[Any]:
                return await asyncio.to_thread(mailbox, greenmail.imap, address)

            (letter,) = await eventually(letters, timeout=60)

            async def types() -> list[str]:
                return [each.type for each in await runtime.store.load(f"ticket/{ticket}")]

            assert await eventually(types) == ["NotificationSent"]
    finally:
        await producer.stop()
    assert letter["Subject"] == "[N-000007] Принтер"
    assert letter["Auto-Submitted"] == "auto-replied"
