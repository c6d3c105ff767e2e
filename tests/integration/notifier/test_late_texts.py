"""A text that comes after the event that refers to it: its letter waits, and nothing else does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from notifier.app import create_app
from notifier.settings import NotifierSettings
from notifier.timers.measures import measure
from reglament import clock, metrics
from reglament.events import topics
from reglament.events.administration import PolicyPublished
from reglament.events.registry import ContentRef
from reglament.ids import new_id
from reglament.messaging.partitions import partition_of
from reglament.messaging.provisioning import owned_by, provide_topics
from reglament.runtime import Runtime
from reglament.testing import AT, SYSTEM, Author
from tests.integration.notifier.conftest import POLICY, SECRET, author
from tests.integration.notifier.test_whole_way import mailbox, produce, record
from tests.support.eventually import eventually
from tests.support.stack import Broker, Databases, Mail
from tests.support.tickets import opened

pytestmark = pytest.mark.integration
STATE = "SELECT state, because FROM letters WHERE subject = $1"
AGE = "UPDATE letters SET created_at = created_at - interval '6 minutes' WHERE subject = $1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """notifier at work, its Kafka, a desk of this test's own."""

    runtime: Runtime
    producer: AIOKafkaProducer
    desk: str
    imap: str

    async def open(self, ticket: str) -> str:
        """A ticket whose requester can be reached; their address."""
        address = f"{ticket}@client.example"
        contact = {"email": address, "name": "Анна"}
        await record(self.producer, topics.CONTACTS, ticket, contact)
        content = ContentRef(id=ticket, version=1, digest="-")
        event = opened(requester=ticket, content=content)
        said = author(ticket).about(ticket, desk=self.desk, recorded_at=clock.now())
        await produce(self.producer, *said.history(event))
        return address

    async def text(self, ticket: str) -> None:
        """The request's text comes."""
        value = {"version": 1, "subject": "Принтер", "description": "Горит"}
        await record(self.producer, topics.CONTENTS, ticket, value)

    async def letters(self, address: str) -> list[Any]:
        return await asyncio.to_thread(mailbox, self.imap, address)

    async def state(self, ticket: str) -> Any:
        return await self.runtime.pool.fetchrow(STATE, ticket)


@asynccontextmanager
async def running(database: str, kafka: Broker, greenmail: Mail) -> AsyncIterator[Site]:
    for service in ("intake", "sla-clock", "escalation", "notifier"):
        await provide_topics(kafka.plain, owned_by(service), 4, 1)
    desk = f"d{kafka.prefix[:20]}"
    published = PolicyPublished(
        at=AT,
        actor=SYSTEM,
        desk=desk,
        version=1,
        document={**POLICY, "desk": desk},
        digest="-",
    )
    settings = NotifierSettings.model_validate(
        {
            "database": database,
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
        async with app.router.lifespan_context(app):
            yield Site(runtime=app.state.runtime, producer=producer, desk=desk, imap=greenmail.imap)
    finally:
        await producer.stop()


def in_one_partition() -> tuple[str, str]:
    """Two tickets, the second behind the first."""
    first = new_id()
    found = (new_id() for _ in range(1000))
    return first, next(one for one in found if partition_of(one, 4) == partition_of(first, 4))


def overdue() -> float:
    """The gauge that an alarm looks at."""
    return float(metrics.REGISTRY.get_sample_value("letters_overdue") or 0)


async def test_a_letter_waits_for_its_text_alarms_after_five_minutes_and_is_sent_when_it_comes(
    postgres: Databases, kafka: Broker, greenmail: Mail
) -> None:
    late, next_one = in_one_partition()
    async with running(await postgres(), kafka, greenmail) as site:
        address = await site.open(late)
        after = await site.open(next_one)
        await site.text(next_one)
        await eventually(lambda: site.letters(after), timeout=60)

        async def waits() -> bool:
            row = await site.state(late)
            return row is not None and tuple(row) == ("waiting", "waits-for-content")

        await eventually(waits, 10)
        await measure(site.runtime)
        assert overdue() == 0
        await site.runtime.pool.execute(AGE, late)
        await measure(site.runtime)
        assert overdue() == 1
        assert await site.letters(address) == []
        await site.text(late)
        (letter,) = await eventually(lambda: site.letters(address), timeout=30)
        assert letter["Subject"].endswith("Принтер")

        async def is_sent() -> bool:
            return bool((await site.state(late))["state"] == "sent")

        await eventually(is_sent)
        await measure(site.runtime)
        assert overdue() == 0
