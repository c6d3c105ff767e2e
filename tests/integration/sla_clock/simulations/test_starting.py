"""Simulations as the service runs them: by worker processes, beside its other work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from reglament.ids import new_id
from sla_clock.simulations import shares
from sla_clock.simulations.starting import run_simulations
from tests.integration.sla_clock.conftest import Clocked, answered, opened
from tests.integration.sla_clock.simulations.test_worker import START, result, start
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration
HOUR = timedelta(hours=1)
FREE = "UPDATE simulation_shares SET leased_until = '-infinity' WHERE done_at IS NULL"
DONE = "SELECT count(*) FROM simulation_shares WHERE done_at IS NOT NULL"
HELD = "SELECT count(DISTINCT holder) FROM simulation_shares"


@pytest.fixture
def worked_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a worker process reads of its environment; shares of two tickets."""
    monkeypatch.setenv("SLA_CLOCK_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("SLA_CLOCK_SECRET", new_id())
    monkeypatch.setattr(shares, "TICKETS_A_SHARE", 2)


@asynccontextmanager
async def replicas(clocked: Clocked, number: int) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for _ in range(number):
            group.create_task(run_simulations(clocked.runtime, stopping))
        try:
            yield
        finally:
            stopping.set()


async def cut(clocked: Clocked, tickets: int) -> str:
    """A simulation of so many tickets whose shares are made and free."""
    for number in range(tickets):
        await clocked.tell(opened(START, number=f"N-{number}"), answered(START + 2 * HOUR))
    simulation = await start(clocked)
    async with clocked.runtime.pool.acquire() as connection:
        assert await shares.claim(connection, "gone") is not None
        await connection.execute(FREE)
    return simulation


async def is_done(clocked: Clocked, simulation: str) -> bool:
    return bool((await result(clocked, simulation))["state"] == "done")


@pytest.mark.usefixtures("worked_off")
async def test_replicas_share_the_work_and_count_each_ticket_once(clocked: Clocked) -> None:
    simulation = await cut(clocked, 9)
    async with replicas(clocked, 2):
        await eventually(lambda: is_done(clocked, simulation), 60)
    found = await result(clocked, simulation)
    assert (found["tickets"], found["differing"], found["progress"]) == (9, 9, 1.0)
    assert await clocked.runtime.pool.fetchval(DONE) == 5


@pytest.mark.usefixtures("worked_off")
async def test_a_worker_that_dies_is_replaced_and_progress_is_told_meanwhile(
    clocked: Clocked, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulation = await cut(clocked, 5)
    monkeypatch.setenv("FAILPOINT", "simulations.after_claim:kill:2")
    async with replicas(clocked, 1):

        async def is_under_way() -> bool:
            return bool(0 < (await result(clocked, simulation))["progress"] < 1)

        await eventually(is_under_way, 60)
        monkeypatch.delenv("FAILPOINT")

        async def done() -> bool:
            await clocked.runtime.pool.execute(FREE)
            return await is_done(clocked, simulation)

        await eventually(done, 60, poll=1.0)
    assert (await result(clocked, simulation))["tickets"] == 5


@pytest.mark.usefixtures("worked_off")
async def test_a_ticket_that_cannot_be_reckoned_is_counted_and_stops_no_other(
    clocked: Clocked,
) -> None:
    simulation = await cut(clocked, 3)
    spoil = """UPDATE ticket_events_v1 SET data = '{}' WHERE ticket = (
      SELECT min(ticket) FROM ticket_events_v1)"""
    await clocked.runtime.pool.execute(spoil)
    async with replicas(clocked, 1):
        await eventually(lambda: is_done(clocked, simulation), 60)
    found = await result(clocked, simulation)
    assert (found["tickets"], found["unreadable"]) == (2, 1)
