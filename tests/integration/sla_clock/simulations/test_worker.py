"""Simulations by worker processes on a real PostgreSQL: whole, once, and taken over."""

import asyncio
import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from typing import Any

import pytest

from reglament.ids import new_id
from sla_clock.simulations.replay import Counted
from sla_clock.simulations.shares import claim, finish
from sla_clock.simulations.worker import work
from tests.integration.sla_clock.conftest import POLICY, Clocked, answered, opened, token

pytestmark = pytest.mark.integration
START = datetime.fromisoformat("2026-09-01T06:00:00Z")
HOUR = timedelta(hours=1)


def draft(within: str = "3h") -> dict[str, Any]:
    """Another first response."""
    first, handling = POLICY["sla"]["targets"]
    return {**POLICY, "sla": {"targets": [{**first, "within": within}, handling]}}


async def start(clocked: Clocked, **more: Any) -> str:
    body = {"desk": "north", "policy": draft(), "from": "2026-09-01T00:00:00Z"}
    answer = await clocked.call(
        "POST", "/sla/simulations", {**body, "until": "2026-10-01T00:00:00Z", **more}
    )
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/v1/sla/simulations/{answer.json()['id']}"
    return str(answer.json()["id"])


async def result(clocked: Clocked, simulation: str) -> dict[str, Any]:
    found: dict[str, Any] = (await clocked.call("GET", f"/sla/simulations/{simulation}")).json()
    return found


async def test_a_draft_says_what_would_have_been_met_instead(clocked: Clocked) -> None:
    late = await clocked.tell(opened(START), answered(START + 2 * HOUR))
    await clocked.tell(opened(START), answered(START + HOUR / 2))
    await clocked.tell(opened(START - 24 * HOUR), answered(START + 9 * HOUR))
    await clocked.tell(opened(START), desk="south")
    simulation = await start(clocked)
    assert (await result(clocked, simulation))["state"] == "new"
    assert await work(clocked.runtime.settings.database) == 1
    found = await result(clocked, simulation)
    assert (found["state"], found["progress"], found["tickets"]) == ("done", 1.0, 2)
    assert found["differing"] == 2
    assert found["metrics"] == {
        "first_response": {
            "before": {"met": 1, "breached": 1},
            "after": {"met": 2},
            "attainment_before": 0.5,
            "attainment_after": 1.0,
        }
    }
    page = await clocked.call(
        "GET", f"/sla/simulations/{simulation}/differences", params={"limit": 1}
    )
    assert len(page.json()["items"]) == 1
    assert page.json()["next_cursor"]
    whole = (await clocked.call("GET", f"/sla/simulations/{simulation}/differences")).json()
    states = {one["ticket"]: (one["was"], one["becomes"]) for one in whole["items"]}
    assert states[late] == ("breached", "met")
    (part,) = (await clocked.call("GET", f"/sla/simulations/{simulation}/tickets/{late}")).json()
    assert (part["metric"], part["at"]) == ("first_response", "2026-09-01T07:00:00Z")
    assert part["before"]


async def test_a_wrong_draft_is_refused_by_field_and_rule(clocked: Clocked) -> None:
    wrong = draft("soon")
    body: dict[str, Any] = {"desk": "north", "from": "2026-09-01T00:00:00Z"}
    body["until"] = "2026-10-01T00:00:00Z"
    answer = await clocked.call("POST", "/sla/simulations", {**body, "policy": wrong})
    assert answer.status_code == 422
    assert "within" in answer.json()["violations"][0]["field"]
    assert answer.json()["violations"][0]["rule"]
    foreign = token("agent", "south", "sam")
    body["policy"] = draft()
    assert (await clocked.call("POST", "/sla/simulations", body, key=foreign)).status_code == 404


async def test_a_cancelled_simulation_goes_no_further(clocked: Clocked) -> None:
    await clocked.tell(opened(START))
    simulation = await start(clocked)
    assert (await clocked.call("DELETE", f"/sla/simulations/{simulation}")).status_code == 204
    assert await work(clocked.runtime.settings.database) == 0
    assert (await result(clocked, simulation))["state"] == "cancelled"


async def test_a_killed_holders_share_is_taken_over_and_counts_once(clocked: Clocked) -> None:
    await clocked.tell(opened(START), answered(START + 2 * HOUR))
    simulation = await start(clocked)
    async with clocked.runtime.pool.acquire() as connection:
        share = await claim(connection, "killed")
        assert share is not None
        assert await work(clocked.runtime.settings.database) == 0  # held by another
        await connection.execute("UPDATE simulation_shares SET leased_until = '-infinity'")
        assert await work(clocked.runtime.settings.database) == 1
        assert not await finish(connection, "killed", share, Counted(tickets=99), [])
    assert (await result(clocked, simulation))["tickets"] == 1


async def test_a_process_killed_with_a_share_leaves_it_to_the_next(clocked: Clocked) -> None:
    await clocked.tell(opened(START), answered(START + 2 * HOUR))
    simulation = await start(clocked)
    arguments = [sys.executable, "-m", "sla_clock.simulations.worker"]
    plain = {**os.environ, "SLA_CLOCK_DATABASE": clocked.runtime.settings.database}
    plain |= {"SLA_CLOCK_KAFKA": "127.0.0.1:1", "SLA_CLOCK_SECRET": new_id()}
    for failpoint, code in (("simulations.after_claim:kill", -signal.SIGKILL), ("", 0)):
        environment = {**plain, "FAILPOINT": failpoint}
        run = subprocess.run
        ended = await asyncio.to_thread(run, arguments, env=environment, timeout=60, check=False)
        assert ended.returncode == code
        await clocked.runtime.pool.execute(
            "UPDATE simulation_shares SET leased_until = '-infinity' WHERE done_at IS NULL"
        )
    found = await result(clocked, simulation)
    assert (found["state"], found["tickets"], found["differing"]) == ("done", 1, 1)
