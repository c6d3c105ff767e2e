"""Clocks that are asked for together are read together, each with its own excuses."""

import asyncio

import pytest

from tests.integration.sla_clock.api.test_sla import WEDNESDAY, breached
from tests.integration.sla_clock.conftest import Clocked, opened
from tests.support.statements import heard

pytestmark = pytest.mark.integration
AT_ONCE = 16


async def test_so_many_at_once_need_few_round_trips(clocked: Clocked) -> None:
    first = await breached(clocked)
    tickets = [first, *[await clocked.tell(opened(WEDNESDAY)) for _ in range(AT_ONCE - 1)]]
    excused = {"reason": "force_majeure"}
    path = f"/tickets/{tickets[0]}/sla/first_response/excuse"
    answer = await clocked.call("POST", path, excused)
    assert answer.status_code == 200, answer.text
    sent = await heard(clocked.runtime.pool, "ticket_events_v1")
    asked = (clocked.call("GET", f"/tickets/{ticket}/sla") for ticket in tickets)
    answers = [answer.json() for answer in await asyncio.gather(*asked)]
    assert sent["SELECT"] <= AT_ONCE / 2, sent
    excuses = [
        {each["metric"]: each["excused"] for each in answer["targets"]}["first_response"]
        for answer in answers
    ]
    assert excuses == ["force_majeure", *[None] * (AT_ONCE - 1)]
