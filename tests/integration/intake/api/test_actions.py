"""The commands on a ticket over REST: versions, history, moments past."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from intake.office.premises import KEY
from intake.timers import resume_once
from reglament import clock
from reglament.events.escalations import Assigned, Queued
from reglament.instants import rfc3339
from reglament.telemetry import start_tracing
from reglament.testing import SYSTEM, Author
from tests.integration.intake.conftest import Intake
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration
ESCALATION, NOTIFIER = "/reglament/escalation", "/reglament/notifier"
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
PNG = "iVBORw0KGgoAAAA="


async def test_a_ticket_goes_its_whole_way(intake: Intake) -> None:
    ticket = (await intake.open(key="ann"))["id"]
    asked = await intake.act(ticket, "info-requests", {"items": ["log"], "note": "please"})
    assert asked["status"] == "waiting"
    replied = await intake.act(ticket, "messages", {"body": "here it is"}, key="ann")
    assert (replied["status"], replied["version"]) == ("accepted", 4)
    urgent = await intake.act(ticket, "priority", {"priority": "urgent", "reason": "fire"})
    assert urgent["priority"] == "urgent"
    found = {"category": "error", "complexity": "high", "service_level": "gold", "reason": "seen"}
    classified = await intake.act(ticket, "classification", found)
    assert (classified["category"], classified["service_level"]) == ("error", "gold")
    deferred = await intake.act(ticket, "deferral", {"reason": "release", "note": "v2"})
    assert deferred["status"] == "deferred"
    assert (await intake.act(ticket, "resumption", {}))["status"] == "in_progress"
    due = (clock.now() + timedelta(days=2)).isoformat()
    moved = await intake.act(ticket, "schedule", {"due_at": due, "reason": "diagnosis"})
    assert moved["due_at"] is not None
    assert (await intake.act(ticket, "resolution", {"text": "done"}))["status"] == "resolved"
    assert (await intake.act(ticket, "closure", {}, key="ann"))["status"] == "closed"
    again = await intake.act(ticket, "reopening", {"reason": "still burns"}, key="ann")
    assert again["status"] == "in_progress"
    assert await intake.types(ticket) == [
        "TicketOpened",
        "TicketAccepted",
        "InfoRequested",
        "MessageAdded",
        "PriorityChanged",
        "CategoryChanged",
        "ServiceLevelAssigned",
        "TicketDeferred",
        "TicketResumed",
        "ScheduleChanged",
        "Resolved",
        "TicketClosed",
        "TicketReopened",
    ]
    messages = (await intake.get(f"/tickets/{ticket}/messages"))["items"]
    assert [each["body"] for each in messages] == ["please", "here it is", "done"]
    assert await intake.get(f"/tickets/{ticket}") == again


async def test_if_match_holds_the_version_and_one_of_two_writers_wins(intake: Intake) -> None:
    ticket = (await intake.open())["id"]
    path = f"/tickets/{ticket}/messages"
    first = await intake.call("POST", path, {"body": "a"}, If_Match='"2.2"')
    assert (first.status_code, first.headers["ETag"]) == (200, '"3.3"')
    late = await intake.call("POST", path, {"body": "b"}, If_Match='"2.9"')
    assert (late.status_code, late.json()["version"]) == (412, 3)
    answers = await asyncio.gather(
        *(intake.call("POST", path, {"body": str(i)}, If_Match='"3.3"') for i in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    free = await asyncio.gather(*(intake.call("POST", path, {"body": str(i)}) for i in range(3)))
    assert {answer.status_code for answer in free} == {200}


async def test_a_command_is_carried_out_once_a_key_also_when_it_would_be_refused_now(
    intake: Intake,
) -> None:
    ticket = (await intake.open())["id"]
    path = f"/tickets/{ticket}/resolution"
    first = await intake.call("POST", path, {"text": "done"}, Idempotency_Key="k")
    again = await intake.call("POST", path, {"text": "done"}, Idempotency_Key="k")
    assert (again.status_code, again.json()) == (200, first.json())
    anew = await intake.call("POST", path, {"text": "done"})
    assert anew.json()["violations"] == [
        {"rule": "not-in-this-status", "field": "status", "detail": "resolved"}
    ]


async def test_internal_notes_and_their_files_are_the_desks(intake: Intake) -> None:
    ticket = (await intake.open(key="ann"))["id"]
    note = {
        "body": "client is rude",
        "visibility": "internal",
        "attachments": [{"name": "n.png", "content": PNG}],
    }
    await intake.act(ticket, "messages", note)
    (shown,) = (await intake.get(f"/tickets/{ticket}/messages"))["items"]
    assert shown["visibility"] == "internal"
    assert (await intake.get(f"/tickets/{ticket}/messages", key="ann"))["items"] == []
    history = await intake.get(f"/tickets/{ticket}/history", key="ann")
    assert "MessageAdded" not in [row["type"] for row in history["items"]]
    file = f"/tickets/{ticket}/attachments/{shown['attachments'][0]['id']}"
    assert (await intake.call("GET", file)).status_code == 200
    assert (await intake.call("GET", file, key="ann")).status_code == 404
    refused = await intake.call("POST", f"/tickets/{ticket}/messages", note, key="ann")
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("priority", {"priority": "low", "reason": "x"}),
        ("deferral", {"reason": "release"}),
        ("resolution", {"text": "x"}),
        ("refusal", {"reason": "abuse"}),
        ("info-requests", {"items": ["x"]}),
        ("schedule", {"due_at": "2090-01-01T00:00:00Z", "reason": "diagnosis"}),
        ("classification", {"reason": "x", "category": "error"}),
        ("callbacks", {"purpose": "answer", "made_at": None}),
    ],
)
async def test_what_is_the_agents_a_requester_may_not(
    intake: Intake, what: str, body: dict[str, Any]
) -> None:
    ticket = (await intake.open(key="ann"))["id"]
    path = f"/tickets/{ticket}/{what}"
    assert (await intake.call("POST", path, body, key="ann")).status_code == 403
    assert (await intake.call("POST", path, body, key="bob")).status_code == 404
    assert (await intake.call("POST", path, body)).status_code == 200


async def test_other_services_events_show_in_view_and_history(intake: Intake) -> None:
    ticket = (await intake.open())["id"]
    at = clock.now()
    author = Author(source=ESCALATION, subject=ticket, desk="north", recorded_at=at)
    events = author.history(
        Queued(at=at, actor=SYSTEM, level="L1", rank=0, waiting_since=at),
        Assigned(at=at, actor=SYSTEM, engineer="e1", level="L1", because="claim"),
    )
    await intake.feed(*events)
    await intake.feed(*events)
    answer = await intake.call("GET", f"/tickets/{ticket}")
    shown = answer.json()
    assert (shown["status"], shown["assignee"], shown["level"]) == ("in_progress", "e1", "L1")
    assert (shown["version"], answer.headers["ETag"]) == (2, '"2.4"')
    history = (await intake.get(f"/tickets/{ticket}/history"))["items"]
    assert [row["source"] for row in history[-2:]] == [ESCALATION, ESCALATION]
    mine = await intake.get("/tickets?assignee=e1&status=in_progress")
    assert [each["id"] for each in mine["items"]] == [ticket]


async def test_a_ticket_is_seen_as_it_stood_at_any_moment(intake: Intake) -> None:
    before = clock.now()
    ticket = await intake.open()
    opened = clock.now()
    await intake.act(ticket["id"], "priority", {"priority": "urgent", "reason": "fire"})
    path = f"/tickets/{ticket['id']}"
    past = await intake.get(f"{path}?as_of={rfc3339(opened)}")
    assert past == ticket
    rows = (await intake.get(f"{path}/history?as_of={rfc3339(opened)}"))["items"]
    assert [row["type"] for row in rows] == ["TicketOpened", "TicketAccepted"]
    never = await intake.call("GET", f"{path}?as_of={rfc3339(before)}")
    assert never.status_code == 404
    now = await intake.get(f"{path}?as_of={rfc3339(clock.now())}")
    assert now == await intake.get(path)


async def test_a_ticket_stays_with_the_rules_under_which_it_was_opened(intake: Intake) -> None:
    ticket = (await intake.open())["id"]
    await intake.publish(reasons={"deferral": ["other"]})
    old = await intake.act(ticket, "deferral", {"reason": "release"})
    assert old["status"] == "deferred"
    anew = (await intake.open(subject="Another"))["id"]
    refused = await intake.call("POST", f"/tickets/{anew}/deferral", {"reason": "release"})
    assert refused.json()["violations"][0]["rule"] == "reason-not-the-desks"


async def test_the_feed_hands_out_every_event_once_in_order(intake: Intake) -> None:
    tickets = [(await intake.open(subject=f"n {index}"))["id"] for index in range(3)]
    first = await intake.get("/events?desk=north&limit=4")
    second = await intake.get(f"/events?desk=north&after={first['next']}")
    rows = [*first["items"], *second["items"]]
    assert [row["ticket"] for row in rows] == [t for t in tickets for _ in range(2)]
    nothing = await intake.get(f"/events?desk=north&after={second['next']}")
    assert (nothing["items"], nothing["next"]) == ([], second["next"])
    foreign = await intake.call("GET", "/events?desk=south")
    assert foreign.status_code == 404


async def test_a_deferral_ends_in_a_trace_that_leads_back_to_who_put_the_ticket_off(
    intake: Intake,
) -> None:
    ticket, exporter = (await intake.open())["id"], InMemorySpanExporter()
    body = {"reason": "release", "until": rfc3339(clock.now() + timedelta(seconds=1))}
    await intake.act(ticket, "deferral", body, traceparent=PARENT)
    tracing = start_tracing("intake", "0", None, exporter)
    here = replace(intake.runtime.extras[KEY], tracing=tracing)

    async def resumed() -> bool:
        await resume_once(here)
        return bool((await intake.get(f"/tickets/{ticket}"))["status"] == "in_progress")

    await eventually(resumed)
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert (span.name, span.parent) == ("resume ticket", None)
    assert [f"{link.context.span_id:016x}" for link in span.links] == [PARENT.split("-")[2]]
    last = (await intake.runtime.store.load(f"ticket/{ticket}"))[-1]
    assert f"{span.context.trace_id:032x}" in (last.traceparent or "")


async def test_a_deferral_ends_by_itself_at_the_moment_agreed_on(intake: Intake) -> None:
    soon = rfc3339(clock.now() + timedelta(seconds=1))
    later = rfc3339(clock.now() + timedelta(hours=1))
    ending, staying, anew = [(await intake.open(subject=f"n {n}"))["id"] for n in range(3)]
    for ticket, until in ((ending, soon), (staying, later), (anew, soon), (anew, later)):
        await intake.act(ticket, "deferral", {"reason": "release", "until": until})
    await resume_once(intake.runtime.extras[KEY])
    assert (await intake.get(f"/tickets/{ending}"))["status"] == "deferred"

    async def resumed() -> dict[str, Any]:
        await resume_once(intake.runtime.extras[KEY])
        ticket: dict[str, Any] = await intake.get(f"/tickets/{ending}")
        assert (ticket["status"], ticket["deferred_until"]) == ("in_progress", None)
        return ticket

    version = (await eventually(resumed))["version"]
    await resume_once(intake.runtime.extras[KEY])
    assert (await intake.get(f"/tickets/{ending}"))["version"] == version
    last = (await intake.get(f"/tickets/{ending}/history"))["items"][-1]
    assert (last["type"], last["at"]) == ("TicketResumed", soon)
    assert last["actor"] == {"kind": "system", "id": "intake", "rule": "deferral.until"}
    for ticket in (staying, anew):
        assert (await intake.get(f"/tickets/{ticket}"))["status"] == "deferred"
