"""The queue over HTTP, on a real PostgreSQL."""

import pytest

from reglament.events.registry import ContentRef
from reglament.events.sla import ClockBreached
from reglament.events.tickets import Resolved, TicketReopened
from reglament.testing import AT, SYSTEM
from tests.integration.escalation.conftest import POLICY, Process, accepted, author

pytestmark = pytest.mark.integration
CONTENT = ContentRef(id="c", version=1, digest="-")


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
