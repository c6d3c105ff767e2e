"""Kafka dies, freezes, is cut off: the API serves on, the outbox drains (reliability b2 8, 11)."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from reglament.messaging import outbox, relay
from reglament_local.chaos.proxy import Mode, Proxy
from reglament_local.chaos.resident import Resident
from reglament_local.kafka import kafka_part
from tests.integration.faults.site import Site, intake_site, published, resident, stack_in
from tests.support.crowding import crowding
from tests.support.eventually import eventually
from tests.support.stack import Databases

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]
STOP_SECONDS = 15.0
FAULT_SECONDS = 3.0
# The others, with all of the stack behind them, are make chaos's.
MODES = [Mode.DROP, Mode.HALF_OPEN, Mode.RESET]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """A broker behind a proxy, and the database of intake."""

    broker: Resident
    proxy: Proxy
    dsn: str


@pytest.fixture
async def kafka_behind(postgres: Databases, tmp_path: Path) -> AsyncIterator[Behind]:
    stack = stack_in(tmp_path)
    async with Proxy(("127.0.0.1", stack.kafka.port)) as proxy:
        part = kafka_part(replace(stack.kafka, told=proxy.port))
        async with resident(stack, part) as broker:
            yield Behind(broker=broker, proxy=proxy, dsn=await postgres())


def relaying(behind: Behind) -> AbstractAsyncContextManager[Site]:
    kafka = behind.proxy.address
    return intake_site(behind.dsn, kafka=kafka, roles={"api", "relay"}, partitions=2)


async def drained(site: Site, seconds: float = 90) -> None:
    async def is_empty() -> bool:
        return await outbox.waiting(site.runtime.pool) == 0

    await eventually(is_empty, seconds)


async def opened(site: Site, caller: str, prefix: str, count: int = 5) -> None:
    for number in range(count):
        answer = await site.open(f"{prefix}-{number}", caller)
        assert answer.status_code == 201, answer.text


async def test_the_api_serves_without_a_broker_and_the_relay_recovers_alone(
    kafka_behind: Behind,
) -> None:
    async with relaying(kafka_behind) as site:
        caller = await published(site)
        await opened(site, caller, "before")
        await drained(site)
        launches = kafka_behind.broker.launches
        kafka_behind.broker.hold()
        kafka_behind.broker.signal(signal.SIGKILL)
        await opened(site, caller, "without")
        assert await outbox.waiting(site.runtime.pool) > 0
        began = time.monotonic()
    stopped = time.monotonic() - began
    assert stopped < STOP_SECONDS * crowding()
    async with relaying(kafka_behind) as site:
        await opened(site, caller, "still-without")
        kafka_behind.broker.release()
        await kafka_behind.broker.again(launches)
        await drained(site)


async def test_whatever_stalls_the_sends_the_relay_begins_anew_and_the_outbox_drains(
    kafka_behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert relay.ACKNOWLEDGED_WITHIN_SECONDS < 30
    monkeypatch.setattr(relay, "ACKNOWLEDGED_WITHIN_SECONDS", 2.0)
    async with relaying(kafka_behind) as site:
        caller = await published(site)
        await drained(site)
        state = site.runtime.supervisor.states["relay"]
        kafka_behind.broker.signal(signal.SIGSTOP)
        await opened(site, caller, "frozen")

        async def has_begun_anew() -> bool:
            return state.restarts > 0

        await eventually(has_begun_anew, 30)
        kafka_behind.broker.signal(signal.SIGCONT)
        await drained(site)
        for mode in MODES:
            kafka_behind.proxy.turn(mode, 0.01)
            await opened(site, caller, mode.value, 3)
            await asyncio.sleep(FAULT_SECONDS)  # the fault's own length
            kafka_behind.proxy.turn(Mode.PASS)
            await drained(site)
