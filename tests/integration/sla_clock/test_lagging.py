"""sla-clock behind, stopped, told late: what stands in Kafka in time is never called a breach."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI

from reglament import clock, metrics
from reglament.events import sla
from reglament.events.administration import PolicyPublished
from reglament.events.topics import POLICIES, TICKETS
from reglament.ids import new_id
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
from tests.integration.sla_clock.test_reading_kafka import HOUR, process, producing, send
from tests.support.eventually import eventually
from tests.support.stack import Broker, Databases

pytestmark = pytest.mark.integration
SECOND = timedelta(seconds=1)
BEHIND = "LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"


async def publish(producer: AIOKafkaProducer) -> str:
    """A desk of this test's own: a first response within an hour."""
    desk = f"d{new_id()[-12:]}"
    document = {**POLICY, "desk": desk}
    published = PolicyPublished(
        at=clock.now(), actor=SYSTEM, desk=desk, version=1, document=document, digest="-"
    )
    rules = Author(subject=f"{desk}@1", desk=desk, source="/reglament/intake").history(published)
    await send(producer, POLICIES, *rules)
    return desk


async def started(clocked: Clocked, ticket: str) -> None:
    async def said() -> bool:
        return "ClockStarted first_response" in await clocked.types(ticket)

    await eventually(said, 40)


async def past(moment: datetime) -> None:
    async def is_past() -> bool:
        return clock.now() > moment

    await eventually(is_past, 30)


async def met_and_never_breached(clocked: Clocked, ticket: str) -> None:
    async def said() -> bool:
        return "ClockMet first_response" in await clocked.types(ticket)

    await eventually(said, 40)
    types = await clocked.types(ticket)
    assert not [one for one in types if "Breached" in one or "Corrected" in one]


@asynccontextmanager
async def behind(database: str) -> AsyncIterator[None]:
    """The consumer can write nothing down, and everything else can."""
    connection = await asyncpg.connect(database)
    try:
        async with connection.transaction():
            await connection.execute(BEHIND)
            yield
    finally:
        await connection.close()


def app_on(database: str, kafka: Broker) -> FastAPI:
    roles = {"api", "consumer", "timers"}
    return create_app(settings_for(database, kafka=kafka.bootstrap, roles=roles, partitions=4))


async def test_timers_of_a_reader_that_is_behind_are_held_and_the_answer_counts(
    kafka: Broker, postgres: Databases
) -> None:
    database, ticket = await postgres(), new_id()
    async with producing(kafka) as producer, process(app_on(database, kafka)) as clocked:
        desk = await publish(producer)
        due = clock.now() + 6 * SECOND
        history = author(ticket, desk).history(opened(due - HOUR), answered(due - 2 * SECOND))
        await send(producer, TICKETS, history[0])
        await started(clocked, ticket)
        async with behind(database):
            await send(producer, TICKETS, history[1])
            await past(due)

            async def is_held() -> bool:
                return held() >= 1

            await eventually(is_held)
            assert "ClockBreached first_response" not in await clocked.types(ticket)
        await met_and_never_breached(clocked, ticket)

        async def none_held() -> bool:
            return held() == 0

        await eventually(none_held)


def held() -> float:
    """The gauge that an alarm looks at."""
    return float(metrics.REGISTRY.get_sample_value("timers_held") or 0)


async def test_an_answer_of_while_it_was_stopped_counts_when_it_comes_back(
    kafka: Broker, postgres: Databases
) -> None:
    database, ticket = await postgres(), new_id()
    async with producing(kafka) as producer:
        desk = await publish(producer)
        async with process(app_on(database, kafka)) as clocked:
            due = clock.now() + 5 * SECOND
            history = author(ticket, desk).history(opened(due - HOUR), answered(due - 2 * SECOND))
            await send(producer, TICKETS, history[0])
            await started(clocked, ticket)
        await send(producer, TICKETS, history[1])
        await past(due)
        async with process(app_on(database, kafka)) as clocked:
            await met_and_never_breached(clocked, ticket)


async def test_an_answer_that_was_told_too_late_corrects_the_breach_that_was_said(
    kafka: Broker, postgres: Databases
) -> None:
    ticket = new_id()
    async with (
        producing(kafka) as producer,
        process(app_on(await postgres(), kafka)) as clocked,
    ):
        desk = await publish(producer)
        due = clock.now() + 3 * SECOND
        history = author(ticket, desk).history(opened(due - HOUR), answered(due - SECOND))
        await send(producer, TICKETS, history[0])

        async def breached() -> bool:
            return "ClockBreached first_response" in await clocked.types(ticket)

        await eventually(breached, 40)
        await send(producer, TICKETS, history[1])

        async def corrected() -> list[Any]:
            events = [one.event for one in await clocked.said(ticket)]
            return [event for event in events if isinstance(event, sla.ClockCorrected)]

        (event,) = await eventually(corrected, 20)
        assert (event.was, event.state) == ("breached", "met")
        assert event.effective_at == due - SECOND
