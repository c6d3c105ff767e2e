"""The queue over HTTP, on a real PostgreSQL."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from reglament.clock import now
from reglament.events.registry import ContentRef
from reglament.events.sla import ClockBreached
from reglament.events.tickets import Resolved, TicketAccepted, TicketOpened, TicketReopened
from reglament.http.tokens import signed_token
from reglament.ids import new_id
from reglament.testing import AT, SYSTEM
from tests.integration.escalation.conftest import POLICY, SECRET, Process, author
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration
WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE wait_event_type = 'Lock' AND datname = current_database()"""
WRITTEN = """
SELECT type FROM events WHERE xmin = (SELECT xmin FROM events ORDER BY position DESC LIMIT 1)"""
CONTENT = ContentRef(id="c", version=1, digest="-")


async def accepted(process: Process, minutes: int = 0, **more: Any) -> str:
    ticket = new_id()
    at = AT + timedelta(minutes=minutes)
    opened = TicketOpened(
        at=at,
        actor=SYSTEM,
        number="N-1",
        channel="web",
        requester="r",
        content=CONTENT,
        priority=more.get("priority", "normal"),
    )
    accepted = TicketAccepted(at=at, actor=SYSTEM, because="registered")
    said = author(ticket).about(ticket, policy_version=more.get("version", 1))
    await process.feed(*said.history(opened, accepted))
    return ticket


async def test_the_oldest_is_handed_out_first_and_out_of_turn_before_it(process: Process) -> None:
    await process.engineer("anna", "L1", languages=["ru"])
    second = await accepted(process, 2)
    first = await accepted(process, 1)
    pressing = await accepted(process, 3, priority="high")
    queue = (await process.client.get("/v1/desks/north/queue")).json()["items"]
    assert [place["ticket"] for place in queue] == [pressing, first, second]
    claimed = []
    for _ in range(3):
        answer = await process.post("/v1/desks/north/queue/claims", {"engineer": "anna"})
        assert answer.status_code == 200, answer.text
        claimed.append(answer.json()["ticket"])
    assert claimed == [pressing, first, second]
    assert (
        await process.post("/v1/desks/north/queue/claims", {"engineer": "anna"})
    ).status_code == 204


async def test_the_queue_comes_in_pages(process: Process) -> None:
    tickets = [await accepted(process, minute) for minute in range(3)]
    page = (await process.client.get("/v1/desks/north/queue", params={"limit": 2})).json()
    more = {"limit": 2, "cursor": page["next_cursor"]}
    rest = (await process.client.get("/v1/desks/north/queue", params=more)).json()
    assert [place["ticket"] for place in page["items"] + rest["items"]] == tickets
    assert rest["next_cursor"] is None


async def test_claims_at_once_never_get_the_same_ticket(process: Process) -> None:
    await process.engineer("anna", "L1", languages=["ru"])
    tickets = {await accepted(process, minute) for minute in range(8)}
    answers = await asyncio.gather(
        *(process.post("/v1/desks/north/queue/claims", {"engineer": "anna"}) for _ in range(8))
    )
    assert {answer.json()["ticket"] for answer in answers} == tickets


async def test_claims_at_once_under_one_key_give_one_ticket(process: Process) -> None:
    await process.engineer("anna", "L1", languages=["ru"])
    for minute in range(4):
        await accepted(process, minute)
    path, body = "/v1/desks/north/queue/claims", {"engineer": "anna"}
    answers = await asyncio.gather(
        *(process.post(path, body, Idempotency_Key="k") for _ in range(4))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["ticket"] for answer in answers}) == 1


async def test_nothing_for_a_claim_stays_its_answer(process: Process) -> None:
    await process.engineer("anna", "L1", languages=["ru"])
    path, body = "/v1/desks/north/queue/claims", {"engineer": "anna"}
    assert (await process.post(path, body, Idempotency_Key="k")).status_code == 204
    ticket = await accepted(process)
    assert (await process.post(path, body, Idempotency_Key="k")).status_code == 204
    assert (await process.post(path, body, Idempotency_Key="l")).json()["ticket"] == ticket


async def test_what_was_refused_under_a_key_stays_refused(process: Process) -> None:
    await process.engineer("anna", "L1", languages=["ru"])
    ticket = await accepted(process)
    path, body = f"/v1/tickets/{ticket}/escalations", {"reason": "hard", "to": "L1"}
    refused = await process.post(path, body, Idempotency_Key="k")
    again = await process.post(path, body, Idempotency_Key="k")
    assert (refused.status_code, again.status_code) == (422, 422)
    assert refused.content == again.content
    assert again.headers["content-type"] == "application/problem+json"
    assert again.headers["idempotency-replayed"] == "true"


async def test_a_claim_said_again_gives_the_same_ticket(process: Process) -> None:
    await process.engineer("anna", "L1", languages=["ru"])
    await accepted(process, 1)
    await accepted(process, 2)
    body = {"engineer": "anna"}
    first = await process.post("/v1/desks/north/queue/claims", body, Idempotency_Key="k-1")
    again = await process.post("/v1/desks/north/queue/claims", body, Idempotency_Key="k-1")
    assert first.json() == again.json()
    other = await process.post(
        "/v1/desks/north/queue/claims", {"engineer": "boris"}, Idempotency_Key="k-1"
    )
    assert other.status_code == 422


async def test_a_ticket_that_has_ended_is_not_handed_out(process: Process) -> None:
    await process.engineer("anna", "L1", languages=["ru"])
    ticket = await accepted(process)
    resolved = Resolved(at=AT, actor=SYSTEM, content=CONTENT)
    (*_, last) = author(ticket).history(resolved, resolved, resolved)
    await process.feed(last)
    assert await process.types(ticket) == ["Queued", "Dequeued"]
    answer = await process.post("/v1/desks/north/queue/claims", {"engineer": "anna"})
    assert answer.status_code == 204


@pytest.mark.rule("REM-03")
async def test_an_escalation_moves_the_ticket_to_the_next_levels_queue(process: Process) -> None:
    await process.engineer("anna", "L1", languages=["ru"])
    ticket = await accepted(process)
    await process.post("/v1/desks/north/queue/claims", {"engineer": "anna"})
    path = f"/v1/tickets/{ticket}/escalations"
    answer = await process.post(path, {"reason": "needs a database engineer"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["level"], answer.json()["engineer"]) == ("L2", None)
    assert (await process.post(path, {"reason": "more"})).status_code == 422
    shown = (await process.client.get(path)).json()
    assert [item["cause"] for item in shown["items"]] == ["request"]
    assert shown["items"][0]["note"] == "needs a database engineer"
    events = await process.runtime.store.load(f"ticket/{ticket}")
    assert b"database engineer" not in b"".join(each.data for each in events)
    place = (await process.client.get("/v1/desks/north/queue?level=L2")).json()["items"]
    assert [each["ticket"] for each in place] == [ticket]


async def test_a_breach_escalates_by_the_clock_once(process: Process) -> None:
    ticket = await accepted(process)
    breached = ClockBreached(at=AT, actor=SYSTEM, metric="first_response", due_at=AT)
    said = author(ticket).history(breached, breached)
    await process.feed(said[0])
    await process.feed(said[1])
    assert await process.types(ticket) == ["Queued", "Escalated", "Queued"]


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


async def test_a_reopened_ticket_of_one_who_has_left_queues(process: Process) -> None:
    await process.engineer("anna", "L1", languages=["ru"])
    ticket = await accepted(process)
    await process.post("/v1/desks/north/queue/claims", {"engineer": "anna"})
    resolved = Resolved(at=AT, actor=SYSTEM, content=CONTENT)
    reopened = TicketReopened(at=AT, actor=SYSTEM, reason="requester")
    (*_, end, again) = author(ticket).history(resolved, resolved, resolved, reopened)
    await process.feed(end)
    await process.engineer("anna", "L1", languages=["ru"], active=False)
    await process.feed(again)
    assert await process.types(ticket) == ["Queued", "Assigned", "Unassigned", "Queued"]


async def test_nobody_is_promoted_by_an_agent(process: Process) -> None:
    claims = {"sub": "anna", "role": "agent", "desk": "north"}
    token = signed_token(SECRET, claims, now() + timedelta(minutes=5))
    headers = {"Authorization": f"Bearer {token}"}
    body = {"name": "Anna", "email": "a@north.example", "level": "L2"}
    path = "/v1/desks/north/engineers/anna"
    answer = await process.client.put(path, json=body, headers=headers)
    assert answer.status_code == 403


async def test_tickets_at_a_level_that_newer_rules_dropped_are_shown_and_handed_out(
    process: Process,
) -> None:
    await process.engineer("boris", "L2", languages=["ru", "en"], qualifications=["exam"])
    ticket = await accepted(process)
    await process.post(f"/v1/tickets/{ticket}/escalations", {"reason": "hard"})
    await process.publish(2, {**POLICY, "levels": [{"name": "L1", "languages": ["ru"]}]})
    queue = (await process.client.get("/v1/desks/north/queue")).json()["items"]
    assert [(each["ticket"], each["level"]) for each in queue] == [(ticket, "L2")]
    answer = await process.post("/v1/desks/north/queue/claims", {"engineer": "boris"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["ticket"] == ticket


async def test_a_claim_passes_by_all_that_older_rules_keep_from_the_engineer(
    process: Process,
) -> None:
    await process.publish(2, {**POLICY, "levels": [{"name": "L1"}, {"name": "L2"}]})
    await process.engineer("dora", "L1")
    for minute in range(25):
        await accepted(process, minute)
    newer = await accepted(process, 30, version=2)
    answer = await process.post("/v1/desks/north/queue/claims", {"engineer": "dora"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["ticket"] == newer


async def test_a_desk_that_there_is_not_is_not_found(process: Process) -> None:
    assert (await process.client.get("/v1/desks/nowhere/queue")).status_code == 404
    claimed = await process.post("/v1/desks/nowhere/queue/claims", {"engineer": "anna"})
    assert claimed.status_code == 404
    assert claimed.json()["type"].endswith("/not-found")


async def test_a_stranger_sees_nothing(process: Process) -> None:
    ticket = await accepted(process)
    for headers in ({"Authorization": "Bearer rgl_x"}, {}):
        process.client.headers.pop("Authorization", None)
        answer = await process.client.get(f"/v1/tickets/{ticket}/escalations", headers=headers)
        assert answer.status_code == 401
