"""A migration is carried out whole: shared, stopped, cancelled; one bad ticket stops no other."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from reglament import clock
from reglament.ids import new_id
from reglament.runtime import Runtime
from sla_clock.moving import carrying
from sla_clock.moving.carrying import carry, run_migrations
from sla_clock.timers import Timers
from tests.integration.sla_clock.conftest import POLICY, Clocked, author, opened
from tests.support.eventually import eventually
from tests.support.feeding import publish

pytestmark = pytest.mark.integration
HOUR = timedelta(hours=1)
MOVES = """SELECT count(*), count(DISTINCT subject) FROM events WHERE type = 'ClocksMigrated'"""
SPOIL = "UPDATE ticket_events_v1 SET data = '{}' WHERE ticket = $1"


async def live(clocked: Clocked, number: int, age: timedelta = HOUR / 2) -> list[str]:
    """So many open tickets, in the order in which they are moved."""
    now, tickets = clock.now(), sorted(new_id() for _ in range(number))
    for start in range(0, number, 250):
        batch = tickets[start : start + 250]
        await clocked.feed(*(author(one).history(opened(now - age))[0] for one in batch))
    return tickets


async def start(clocked: Clocked) -> str:
    """The path of a migration to a version with another first response."""
    first, handling = POLICY["sla"]["targets"]
    targets = [{**first, "within": "3h"}, handling]
    await publish(clocked.runtime, {**POLICY, "sla": {"targets": targets}}, 2)
    answer = await clocked.call("POST", "/desks/north/migrations", {"to": 2})
    assert answer.status_code == 202, answer.text
    return str(answer.headers["location"]).removeprefix("/v1")


async def told(clocked: Clocked, path: str) -> dict[str, Any]:
    found: dict[str, Any] = (await clocked.call("GET", path)).json()
    return found


async def carried(clocked: Clocked) -> None:
    while await carry(clocked.runtime.pool, clocked.runtime.extras["judging"]):
        pass


async def test_stopped_after_a_batch_it_goes_on_there(clocked: Clocked) -> None:
    tickets = await live(clocked, carrying.BATCH + 50)
    path = await start(clocked)
    assert await carry(clocked.runtime.pool, clocked.runtime.extras["judging"])
    before = await told(clocked, path)
    assert (before["state"], before["moved"], before["left"]) == ("running", carrying.BATCH, 50)
    await carried(clocked)
    after = await told(clocked, path)
    assert (after["state"], after["moved"], after["left"]) == ("done", len(tickets), 0)
    assert tuple(await clocked.runtime.pool.fetchrow(MOVES)) == (len(tickets), len(tickets))


async def test_two_replicas_carry_it_together_and_move_each_ticket_once(clocked: Clocked) -> None:
    tickets = await live(clocked, 3 * carrying.BATCH)
    path = await start(clocked)
    stopping = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for _ in range(2):
            group.create_task(run_migrations(clocked.runtime, stopping))

        async def done() -> bool:
            return bool((await told(clocked, path))["state"] == "done")

        try:
            await eventually(done, 60)
        finally:
            stopping.set()
    assert (await told(clocked, path))["moved"] == len(tickets)
    assert tuple(await clocked.runtime.pool.fetchrow(MOVES)) == (len(tickets), len(tickets))


async def test_a_ticket_that_cannot_be_judged_is_noted_and_the_others_go_on(
    clocked: Clocked,
) -> None:
    good, bad, fine = await live(clocked, 3)
    await clocked.runtime.pool.execute(SPOIL, bad)
    path = await start(clocked)
    await carried(clocked)
    found = await told(clocked, path)
    assert (found["state"], found["moved"], found["failed"], found["left"]) == ("done", 2, 1, 0)
    (failure,) = found["failures"]
    assert failure["ticket"] == bad
    assert "Undecodable" in failure["cause"]
    for ticket in (good, fine):
        assert "ClocksMigrated " in await clocked.types(ticket)


async def test_a_ticket_whose_timer_is_due_waits_for_it_and_holds_up_no_other(
    clocked: Clocked,
) -> None:
    (late,) = await live(clocked, 1, age=2 * HOUR)
    await live(clocked, 1)
    path = await start(clocked)
    await carried(clocked)
    found = await told(clocked, path)
    assert (found["state"], found["moved"], found["left"]) == ("running", 1, 1)
    assert "ClockBreached first_response" not in await clocked.types(late)
    await _timers(clocked.runtime).fire()
    await carried(clocked)
    found = await told(clocked, path)
    assert (found["state"], found["moved"], found["left"]) == ("done", 2, 0)
    types = await clocked.types(late)
    assert types.index("ClockBreached first_response") < types.index("ClocksMigrated ")


async def test_a_move_that_waits_holds_up_no_later_one(clocked: Clocked) -> None:
    await live(clocked, 1, age=2 * HOUR)
    waiting = await start(clocked)
    await carried(clocked)
    later = await clocked.call("POST", "/desks/south/migrations", {"calendars": True})
    await carried(clocked)
    assert (await told(clocked, waiting))["state"] == "running"
    path = later.headers["location"].removeprefix("/v1")
    assert (await told(clocked, path))["state"] == "done"


async def test_a_due_ticket_that_cannot_be_judged_is_not_waited_for(clocked: Clocked) -> None:
    (bad,) = await live(clocked, 1, age=2 * HOUR)
    await clocked.runtime.pool.execute(SPOIL, bad)
    path = await start(clocked)
    await carried(clocked)
    found = await told(clocked, path)
    assert (found["state"], found["failed"]) == ("done", 1)


async def test_cancelled_it_goes_no_further_and_what_was_moved_stays(clocked: Clocked) -> None:
    await live(clocked, carrying.BATCH + 1)
    path = await start(clocked)
    await carry(clocked.runtime.pool, clocked.runtime.extras["judging"])
    assert (await clocked.call("DELETE", path)).status_code == 204
    await carried(clocked)
    found = await told(clocked, path)
    assert (found["state"], found["moved"]) == ("cancelled", carrying.BATCH)
    assert (await clocked.call("DELETE", path)).status_code == 204
    assert (await told(clocked, path))["state"] == "cancelled"


def _timers(runtime: Runtime) -> Timers:
    return Timers(
        runtime.pool, runtime.extras["judging"], lambda: dict.fromkeys(range(12), clock.now())
    )
