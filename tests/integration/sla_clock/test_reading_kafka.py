"""The whole process on PostgreSQL and Kafka: what stands in Kafka is never called a breach."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI

from reglament import clock
from reglament.events.administration import PolicyPublished
from reglament.events.envelope import Envelope, headers
from reglament.events.topics import COMPACTED, KEPT, POLICIES, TICKETS
from reglament.ids import new_id
from reglament.messaging.producer import start_producer, stop_producer
from reglament.messaging.provisioning import provide_topics
from reglament.testing import SYSTEM, Author
from sla_clock.app import create_app
from tests.integration.sla_clock.conftest import (
    POLICY,
    Clocked,
    answered,
    author,
    opened,
    settings_for,
)
from tests.support.eventually import eventually
from tests.support.stack import Broker, Databases

pytestmark = pytest.mark.integration
HOUR = timedelta(hours=1)


@asynccontextmanager
async def producing(kafka: Broker) -> AsyncIterator[AIOKafkaProducer]:
    await provide_topics(kafka.plain, (*KEPT, *COMPACTED), 4, 1)
    producer = await start_producer(kafka.plain, kafka.prefix)
    try:
        yield producer
    finally:
        await stop_producer(producer)


async def send(producer: AIOKafkaProducer, topic: str, *envelopes: Envelope) -> None:
    for one in envelopes:
        await producer.send_and_wait(topic, one.data, one.topic_key, headers=headers(one))


@asynccontextmanager
async def process(app: FastAPI) -> AsyncIterator[Clocked]:
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://sla") as client,
    ):
        yield Clocked(runtime=app.state.runtime, client=client)


async def test_a_late_reader_calls_no_answered_ticket_breached_and_fires_the_rest_in_time(
    kafka: Broker, postgres: Databases
) -> None:
    desk = f"d{new_id()[-12:]}"
    now = clock.now()
    met, missed, coming = new_id(), new_id(), new_id()
    published = PolicyPublished(
        at=now, actor=SYSTEM, desk=desk, version=1, document={**POLICY, "desk": desk}, digest="-"
    )
    rules = Author(subject=f"{desk}@1", desk=desk, source="/reglament/intake").history(published)
    async with producing(kafka) as producer:
        await send(producer, POLICIES, *rules)
        for ticket, start in ((met, now - 3 * HOUR), (missed, now - 3 * HOUR)):
            await send(producer, TICKETS, author(ticket, desk).history(opened(start))[0])
        history = author(met, desk).history(opened(now - 3 * HOUR), answered(now - 2.5 * HOUR))
        await send(producer, TICKETS, history[1])
        due = clock.now() + timedelta(seconds=8)
        await send(producer, TICKETS, *author(coming, desk).history(opened(due - HOUR)))
    roles = {"api", "consumer", "timers"}
    app = create_app(
        settings_for(await postgres(), kafka=kafka.bootstrap, roles=roles, partitions=4)
    )
    async with process(app) as clocked:

        async def all_said() -> bool:
            assert "ClockMet first_response" in await clocked.types(met)
            assert "ClockBreached first_response" in await clocked.types(missed)
            return "ClockBreached first_response" in await clocked.types(coming)

        await eventually(all_said, 60)
        assert not [one for one in await clocked.types(met) if "Breached" in one]
        said = [one for one in await clocked.said(coming) if one.type == "ClockBreached"]
        assert [one.at for one in said] == [due]
        assert said[0].recorded_at >= due
