"""Engineers who come, are given tickets and leave, over HTTP, on a real PostgreSQL."""

import asyncio
from datetime import timedelta

import pytest

from reglament.clock import now
from reglament.http.tokens import signed_token
from tests.integration.escalation.conftest import SECRET, Process, accepted
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration
WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE wait_event_type = 'Lock' AND datname = current_database()"""
WRITTEN = """
SELECT type FROM events WHERE xmin = (SELECT xmin FROM events ORDER BY position DESC LIMIT 1)"""


@pytest.mark.rule("REM-05")
async def test_promotion_without_the_exam_is_refused(process: Process) -> None:
    assert (await process.engineer("anna", "L1", languages=["ru"])).status_code == 201
    refused = await process.engineer("anna", "L2", languages=["ru", "en"])
    assert refused.status_code == 422
    assert [each["rule"] for each in refused.json()["violations"]] == ["qualification-missing"]
    promoted = await process.engineer("anna", "L2", languages=["ru", "en"], qualifications=["exam"])
    assert promoted.status_code == 200
    assert promoted.headers["ETag"] == '"2"'


async def test_an_assignment_goes_only_to_who_may_take_it(process: Process) -> None:
    await process.engineer("anna", "L1", languages=["ru"])
    await process.engineer("dora", "L1", languages=["ru"], active=False)
    ticket = await accepted(process)
    path = f"/v1/tickets/{ticket}/assignment"
    refused = await process.post(path, {"engineer": "dora"})
    assert [each["rule"] for each in refused.json()["violations"]] == ["engineer-inactive"]
    unknown = await process.post(path, {"engineer": "nobody"})
    assert [each["rule"] for each in unknown.json()["violations"]] == ["engineer-unknown"]
    given = await process.post(path, {"engineer": "anna"})
    assert given.json()["engineer"] == "anna"
    stale = await process.client.delete(path, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    back = await process.client.delete(path)
    assert back.json()["engineer"] is None
    queue = (await process.client.get("/v1/desks/north/queue")).json()["items"]
    assert [place["ticket"] for place in queue] == [ticket]


async def test_the_tickets_of_an_engineer_who_leaves_go_back(process: Process) -> None:
    await process.engineer("anna", "L1", languages=["ru"])
    ticket = await accepted(process)
    await process.post("/v1/desks/north/queue/claims", {"engineer": "anna"})
    await process.engineer("anna", "L1", languages=["ru"], active=False)
    assert await process.types(ticket) == ["Queued", "Assigned", "Unassigned", "Queued"]


async def test_leaving_and_giving_back_are_one_transaction(process: Process) -> None:
    """Whatever is killed between the two: there is nothing between them."""
    await process.engineer("anna", "L1", languages=["ru"])
    for minute in range(2):
        await accepted(process, minute)
        await process.post("/v1/desks/north/queue/claims", {"engineer": "anna"})
    gone = await process.engineer("anna", "L1", languages=["ru"], active=False)
    assert (gone.status_code, gone.json()["version"]) == (200, 2)
    said = await process.runtime.pool.fetch(WRITTEN)
    assert sorted(row["type"] for row in said) == [
        "EngineerRegistered", "Queued", "Queued", "Unassigned", "Unassigned",
    ]  # fmt: skip
    queue = (await process.client.get("/v1/desks/north/queue")).json()["items"]
    assert len(queue) == 2


async def test_nobody_gets_a_ticket_while_he_leaves(process: Process) -> None:
    """However the two fall together: who is away has nothing in his hands afterwards."""
    path = "/v1/desks/north/engineers/anna"
    away = {"name": "A", "email": "a@north.example", "level": "L1", "active": False}
    for minute in range(10):
        await process.engineer("anna", "L1", languages=["ru"])
        ticket = await accepted(process, minute)
        assignment = f"/v1/tickets/{ticket}/assignment"
        gone, given = await asyncio.gather(
            process.client.put(path, json=away | {"languages": ["ru"]}),
            process.post(assignment, {"engineer": "anna"}),
        )
        assert gone.status_code == 200, gone.text
        assert given.status_code in {200, 422}, given.text
        assert (await process.client.get(assignment)).json()["engineer"] is None


async def test_an_assignment_waits_for_one_who_is_leaving(process: Process) -> None:
    """His row is in other hands: what comes of it is looked at, not what was before."""
    await process.engineer("anna", "L1", languages=["ru"])
    ticket = await accepted(process)
    path = f"/v1/tickets/{ticket}/assignment"
    async with process.runtime.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("UPDATE engineers_v1 SET active = false")
        asked = asyncio.create_task(process.post(path, {"engineer": "anna"}))
        await eventually(lambda: process.runtime.pool.fetchval(WAITING))
        await transaction.commit()
    answer = await asked
    assert [each["rule"] for each in answer.json()["violations"]] == ["engineer-inactive"]


async def test_an_assignment_that_changes_nothing_is_still_the_keys_answer(
    process: Process,
) -> None:
    await process.engineer("anna", "L1", languages=["ru"])
    ticket = await accepted(process)
    path, body = f"/v1/tickets/{ticket}/assignment", {"engineer": "anna"}
    await process.post(path, body)
    assert (await process.post(path, body, Idempotency_Key="k")).json()["engineer"] == "anna"
    await process.client.delete(path)
    again = await process.post(path, body, Idempotency_Key="k")
    assert again.headers["idempotency-replayed"] == "true"
    assert (await process.client.get(path)).json()["engineer"] is None


async def test_leaving_said_again_takes_nothing_from_one_who_is_back(process: Process) -> None:
    await process.engineer("anna", "L1", languages=["ru"])
    path, body = "/v1/desks/north/engineers/anna", {"name": "A", "email": "a@north.example"}
    away = {**body, "level": "L1", "languages": ["ru"], "active": False}
    once = {"Idempotency-Key": "k-away"}
    assert (await process.client.put(path, json=away, headers=once)).status_code == 200
    await process.engineer("anna", "L1", languages=["ru"])
    ticket = await accepted(process)
    await process.post("/v1/desks/north/queue/claims", {"engineer": "anna"})
    assert (await process.client.put(path, json=away, headers=once)).status_code == 200
    assert await process.types(ticket) == ["Queued", "Assigned"]


async def test_nobody_is_promoted_by_an_agent(process: Process) -> None:
    claims = {"sub": "anna", "role": "agent", "desk": "north"}
    token = signed_token(SECRET, claims, now() + timedelta(minutes=5))
    headers = {"Authorization": f"Bearer {token}"}
    body = {"name": "Anna", "email": "a@north.example", "level": "L2"}
    path = "/v1/desks/north/engineers/anna"
    answer = await process.client.put(path, json=body, headers=headers)
    assert answer.status_code == 403
