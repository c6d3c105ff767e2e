"""Reads that come together go to the database together; each caller still sees only their own."""

import asyncio

import pytest

from tests.integration.intake.conftest import Intake
from tests.support.statements import heard

pytestmark = pytest.mark.integration
AT_ONCE = 16


async def statuses(intake: Intake, path: str, *keys: str) -> list[int]:
    answers = await asyncio.gather(*(intake.call("GET", path, key=key) for key in keys))
    return [answer.status_code for answer in answers]


@pytest.mark.parametrize("what", ["", "/history"])
async def test_so_many_at_once_need_few_round_trips(intake: Intake, what: str) -> None:
    tickets = [await intake.open(description=f"It burns {n}") for n in range(AT_ONCE)]
    paths = [f"/tickets/{ticket['id']}{what}" for ticket in tickets]
    alone = [await intake.get(path) for path in paths]
    sent = await heard(intake.runtime.pool, "ticket_view_v1")
    assert await intake.get(paths[0]) == alone[0]
    assert sent["SELECT"] == 1, sent
    together = await asyncio.gather(*(intake.get(path) for path in paths))
    assert together == alone
    assert sent["SELECT"] <= AT_ONCE / 2, sent


@pytest.mark.parametrize("what", ["", "/history"])
async def test_callers_who_ask_together_see_only_their_own(intake: Intake, what: str) -> None:
    ticket = (await intake.open(key="ann"))["id"]
    path = f"/tickets/{ticket}{what}"
    assert await statuses(intake, path, "ann", "bob", "agent", "stranger", "admin") == [
        200, 404, 200, 404, 200
    ]  # fmt: skip
    nobody = f"/tickets/{ticket[:-4]}0000{what}"
    assert await statuses(intake, nobody, "ann", "agent", "admin") == [404, 404, 404]


async def test_one_history_as_of_then_and_one_as_of_now_may_be_asked_together(
    intake: Intake,
) -> None:
    opened = await intake.open()
    path = f"/tickets/{opened['id']}/history"
    before = await intake.get(path)
    at = before["items"][-1]["recorded_at"]
    await intake.act(opened["id"], "messages", {"body": "We look at it", "channel": "web"})
    then, now = await asyncio.gather(intake.get(f"{path}?as_of={at}"), intake.get(path))
    assert then == before
    assert len(now["items"]) == len(before["items"]) + 1


async def test_the_same_list_is_asked_once_for_all_who_ask_and_each_sees_only_their_own(
    intake: Intake,
) -> None:
    await intake.open(key="ann")
    await intake.open(key="agent", subject="Another one", requester={"email": "x@north.example"})
    alone = {key: await intake.get("/tickets?limit=5", key=key) for key in ("ann", "bob", "agent")}
    assert [len(found["items"]) for found in alone.values()] == [1, 0, 2]
    sent = await heard(intake.runtime.pool, "ticket_view_v1")
    keys = [*alone] * AT_ONCE
    found = await asyncio.gather(*(intake.get("/tickets?limit=5", key=key) for key in keys))
    assert found == [alone[key] for key in keys]
    assert sent["SELECT"] <= 2 * len(alone), sent


async def test_a_list_that_is_asked_for_after_an_answer_knows_of_it(intake: Intake) -> None:
    async def one(number: int) -> None:
        ticket = await intake.open(subject=f"Request {number}")
        newest = (await intake.get("/tickets?limit=100"))["items"]
        assert ticket in newest

    await asyncio.gather(*(one(number) for number in range(AT_ONCE)))


async def test_a_file_is_called_as_its_own_ticket_calls_it(intake: Intake) -> None:
    def file(name: str) -> list[dict[str, str]]:
        return [{"name": name, "content": "aGVsbG8="}]

    opened = [
        await intake.open(subject=name, attachments=file(name)) for name in ("a.txt", "b.txt")
    ]
    assert (await intake.get("/tickets"))["items"] == opened[::-1]
