"""Live tickets move to another policy version: previewed, applied as events, once."""

from datetime import timedelta
from typing import Any

import pytest

from reglament import clock
from reglament.events import sla
from reglament.instants import rfc3339
from sla_clock.moving.carrying import carry
from tests.integration.sla_clock.conftest import POLICY, Clocked, answered, opened, token
from tests.support.feeding import publish

pytestmark = pytest.mark.integration
HOUR = timedelta(hours=1)


def second_version() -> dict[str, Any]:
    first, handling = POLICY["sla"]["targets"]
    return {**POLICY, "sla": {"targets": [{**first, "within": "3h"}, handling]}}


async def ask(clocked: Clocked, body: dict[str, Any], **more: Any) -> Any:
    return await clocked.call("POST", "/desks/north/migrations", body, **more)


async def first_due(clocked: Clocked, ticket: str) -> str:
    answer = (await clocked.call("GET", f"/tickets/{ticket}/sla")).json()
    (found,) = [one for one in answer["targets"] if one["metric"] == "first_response"]
    return str(found["due_at"])


async def test_a_preview_says_what_changes_and_changes_nothing(clocked: Clocked) -> None:
    now = clock.now()
    live = await clocked.tell(opened(now - HOUR / 2))
    met = await clocked.tell(opened(now - HOUR / 2), answered(now - HOUR / 4))
    await publish(clocked.runtime, second_version(), 2)
    assert await first_due(clocked, live) == rfc3339(now + HOUR / 2)
    answer = await ask(clocked, {"to": 2, "dry_run": True})
    assert answer.status_code == 200, answer.text
    changed = {one["ticket"]: one for one in answer.json()["items"]}
    assert set(changed) == {live}
    assert met not in changed
    assert (changed[live]["metric"], changed[live]["from_version"]) == ("first_response", 1)
    assert changed[live]["due_at"] == rfc3339(now + 2.5 * HOUR)
    assert "ClocksMigrated " not in await clocked.types(live)


async def test_applied_it_is_an_event_of_each_live_ticket_and_once(clocked: Clocked) -> None:
    now = clock.now()
    live = await clocked.tell(opened(now - HOUR / 2))
    await publish(clocked.runtime, second_version(), 2)
    for _ in range(2):
        answer = await ask(clocked, {"to": 2})
        assert answer.status_code == 202, answer.text
        while await carry(clocked.runtime.pool, clocked.runtime.extras["judging"]):
            pass
    told = (await clocked.call("GET", answer.headers["location"].removeprefix("/v1"))).json()
    assert (told["state"], told["moved"], told["left"]) == ("done", 0, 0)
    assert (await clocked.types(live)).count("ClocksMigrated ") == 1
    (moved,) = [
        one.event for one in await clocked.said(live) if isinstance(one.event, sla.ClockRescheduled)
    ]
    assert (moved.cause, rfc3339(moved.due_at or now)) == ("policy", rfc3339(now + 2.5 * HOUR))
    assert await first_due(clocked, live) == rfc3339(now + 2.5 * HOUR)
    later = await clocked.tell(opened(now - HOUR / 2))
    assert "ClocksMigrated " not in await clocked.types(later)


async def test_what_was_breached_before_stays_breached(clocked: Clocked) -> None:
    now = clock.now()
    late = await clocked.tell(opened(now - 2 * HOUR))
    await publish(clocked.runtime, second_version(), 2)
    answer = await ask(clocked, {"to": 2, "dry_run": True})
    assert [one for one in answer.json()["items"] if one["metric"] == "first_response"] == []
    assert await first_due(clocked, late) == rfc3339(now - HOUR)


async def test_only_a_published_version_of_ones_own_desk(clocked: Clocked) -> None:
    answer = await ask(clocked, {"to": 7})
    assert (answer.status_code, answer.json()["violations"][0]["field"]) == (422, "to")
    assert (await ask(clocked, {"to": 1}, key=token("agent", "south", "s"))).status_code == 404
