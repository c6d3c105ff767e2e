"""Requests that come together are looked up together and written together."""

import asyncio
from typing import Any

import pytest

from reglament.ids import new_id
from tests.integration.intake.conftest import Intake, request
from tests.support.statements import heard

pytestmark = pytest.mark.integration
AT_ONCE = 16
# BEGIN, what was answered and numbers, all that is written, COMMIT.
OF_A_BATCH = 4
PERSON = "SELECT email, name, phone, locale FROM contacts WHERE email = $1"


async def open_one(intake: Intake, **changes: Any) -> None:
    body = request(description=new_id(), **changes)
    key = {"Idempotency_Key": f'"{new_id()}"'}
    answer = await intake.call("POST", "/desks/north/tickets", body, **key)
    assert answer.status_code == 201, answer.text


async def test_so_many_at_once_need_few_round_trips(intake: Intake) -> None:
    await open_one(intake)  # what a process learns once
    sent = await heard(intake.runtime.pool)
    await asyncio.gather(*(open_one(intake) for _ in range(AT_ONCE)))
    batches = sent["COMMIT"]
    assert 1 <= batches <= AT_ONCE / 4
    # The look-ups, and what loops of the process ask beside it.
    assert sent.total() <= OF_A_BATCH * batches + AT_ONCE / 2, sent


async def test_who_asks_twice_at_once_has_one_contact_with_all_that_was_said(
    intake: Intake,
) -> None:
    ann, address = {"name": "Ann", "email": "twice@north.example"}, "twice@north.example"
    said = [{**ann, "phone": "+7 499 123 45 67"}, {**ann, "locale": "fr"}, {**ann, "name": ""}]
    await asyncio.gather(*(open_one(intake, requester=each) for each in said))
    row = await intake.runtime.pool.fetchrow(PERSON, address)
    assert tuple(row) == (address, "Ann", "+7 499 123 45 67", "fr")
