"""The live stream, and what a rebuilt read model must not lose."""

import asyncio
import uuid
from typing import Any

import pytest
from starlette.requests import Request

from intake.api.feed import tickets_stream
from intake.office.premises import KEY, Premises
from reglament.http.auth import Caller
from tests.integration.intake.conftest import Intake, request

pytestmark = pytest.mark.integration
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
AGENT = Caller(role="agent", desk="north", subject="e1", identity="k")
ANN = Caller(role="requester", desk="north", subject="ann", identity="k")


def connected(intake: Intake, key: str) -> Request:
    """A request whose client stays."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    app = intake.client._transport.app  # type: ignore[attr-defined]
    headers = [(b"authorization", f"Bearer {intake.keys[key]}".encode())]
    return Request({"type": "http", "app": app, "headers": headers}, receive)


def stream(intake: Intake, caller: Caller, ticket: str, after: tuple[str, int]) -> Any:
    here: Premises = intake.runtime.extras[KEY]
    key = "agent" if caller is AGENT else "ann"
    return tickets_stream(connected(intake, key), here, caller, ticket).lines(after)


async def test_the_stream_goes_on_after_the_last_event_that_was_seen(intake: Intake) -> None:
    ticket = (await intake.open())["id"]
    live = stream(intake, AGENT, ticket, ("0", 0))
    lines = [await anext(live) for _ in range(3)]
    assert lines[0] == b"retry: 1000\n\n"
    assert [line.split(b"\n")[1] for line in lines[1:]] == [
        b"event: TicketOpened",
        b"event: TicketAccepted",
    ]
    await intake.act(ticket, "messages", {"body": "hello"})
    following = await anext(live)
    assert b"event: MessageAdded" in following
    assert b'"text":"hello"' in following
    last = lines[1].split(b"\n")[0].removeprefix(b"id: ").decode()
    transaction, position = last.split("-")
    resumed = stream(intake, AGENT, ticket, (transaction, int(position)))
    await anext(resumed)
    assert b"event: TicketAccepted" in await anext(resumed)
    await live.aclose()
    await resumed.aclose()


async def test_the_desks_people_are_shown_the_way_to_the_trace_and_nobody_else(
    intake: Intake,
) -> None:
    opened = await intake.call(
        "POST", "/desks/north/tickets", request(), key="ann", traceparent=PARENT
    )
    path = f"/tickets/{opened.json()['id']}/history"
    trace = f"https://traces.example/trace/{PARENT.split('-')[1]}"
    for key, shown in (("agent", trace), ("admin", trace), ("ann", None)):
        rows = (await intake.get(path, key=key))["items"]
        assert {row["trace_url"] for row in rows} == {shown}, key
    untold = (await intake.open(subject="Another"))["id"]
    rows = (await intake.get(f"/tickets/{untold}/history"))["items"]
    assert {row["trace_url"] for row in rows} == {None}


async def test_a_requesters_stream_leaves_internal_notes_out(intake: Intake) -> None:
    ticket = (await intake.open())["id"]
    await intake.act(ticket, "messages", {"body": "rude", "visibility": "internal"})
    await intake.act(ticket, "messages", {"body": "dear Ann"})
    live = stream(intake, ANN, ticket, ("0", 0))
    lines = [await anext(live) for _ in range(4)]
    assert b"dear Ann" in lines[-1]
    assert b"rude" not in b"".join(lines)
    await live.aclose()


async def test_a_stream_ends_when_its_readers_key_is_revoked(intake: Intake) -> None:
    ticket = (await intake.open())["id"]
    live = stream(intake, ANN, ticket, ("0", 0))
    assert b"event: TicketAccepted" in [await anext(live) for _ in range(3)][-1]
    key = str(uuid.UUID(intake.keys["ann"].split("_")[1]))
    assert (await intake.call("DELETE", f"/keys/{key}", key="admin")).status_code == 204
    async with asyncio.timeout(10):
        assert [lines async for lines in live] == []


@pytest.mark.parametrize("last", ["x", "1-", "99999999999999999999-1", "1-x"])
async def test_a_position_that_is_not_ours_is_refused(intake: Intake, last: str) -> None:
    ticket = (await intake.open())["id"]
    answer = await intake.call("GET", f"/tickets/{ticket}/stream", Last_Event_ID=last)
    assert answer.status_code == 400
