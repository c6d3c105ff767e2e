"""Opening and reading tickets over REST, on a real PostgreSQL."""

import asyncio
import base64
from datetime import timedelta

import pytest

from reglament import clock
from reglament.instants import rfc3339
from tests.integration.intake.conftest import Intake, request

pytestmark = pytest.mark.integration
TICKETS = "/desks/north/tickets"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"x" * 40).decode()


async def test_a_request_becomes_a_ticket_with_number_etag_and_location(intake: Intake) -> None:
    answer = await intake.call("POST", TICKETS, request(fields={"frequency": "daily"}))
    assert answer.status_code == 201
    ticket = answer.json()
    assert (ticket["number"], ticket["status"], ticket["version"]) == ("N-0001", "accepted", 2)
    assert (ticket["subject"], ticket["fields"]) == ("Printer on fire", {"frequency": "daily"})
    assert answer.headers["ETag"] == '"2.2"'
    assert answer.headers["Location"] == f"/v1/tickets/{ticket['id']}"
    read = await intake.call("GET", f"/tickets/{ticket['id']}")
    assert read.json() == ticket
    assert read.headers["ETag"] == '"2.2"'
    same = await intake.call("GET", f"/tickets/{ticket['id']}", If_None_Match='"2.2"')
    assert same.status_code == 304


async def test_numbers_have_no_gaps_whatever_is_refused_between(intake: Intake) -> None:
    async def one(index: int) -> None:
        await intake.open(subject=f"Request {index}")
        wrong = request(channel="messenger", subject=f"Wrong {index}")
        assert (await intake.call("POST", TICKETS, wrong)).status_code == 422

    await asyncio.gather(*(one(index) for index in range(20)))
    found = await intake.get("/tickets?limit=100")
    assert sorted(each["number"] for each in found["items"]) == [
        f"N-{number:04d}" for number in range(1, 21)
    ]


async def test_what_does_not_conform_is_returned_and_completed_under_its_number(
    intake: Intake,
) -> None:
    ticket = await intake.open(category="error", attachments=[{"name": "a.png", "content": PNG}])
    assert ticket["status"] == "returned"
    assert ticket["violations"] == [{"rule": "field-missing", "field": "fields.frequency"}]
    still = await intake.act(ticket["id"], "information", {"body": "what do you mean?"}, key="ann")
    assert still["status"] == "returned"
    opened = await intake.act(
        ticket["id"], "information", {"fields": {"frequency": "daily"}}, key="ann"
    )
    assert (opened["status"], opened["number"]) == ("accepted", ticket["number"])
    assert opened["fields"] == {"frequency": "daily"}
    assert [each["name"] for each in opened["attachments"]] == ["a.png"]
    assert await intake.types(ticket["id"]) == [
        "TicketReturned",
        "InfoProvided",
        "TicketReturned",
        "InfoProvided",
        "TicketOpened",
        "TicketAccepted",
    ]
    assert await intake.get(f"/tickets/{ticket['id']}") == opened


async def test_a_channel_that_is_not_official_registers_nothing(intake: Intake) -> None:
    answer = await intake.call("POST", TICKETS, request(channel="messenger"))
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["type"].endswith("/channel-not-accepted")
    assert problem["violations"][0]["rule"] == "channel-not-official"
    assert "https://north.example/help" in problem["violations"][0]["detail"]
    assert (await intake.get("/tickets"))["items"] == []
    assert (await intake.get("/events?desk=north"))["items"] == []


async def test_entitlement_goes_by_the_register_and_the_day(intake: Intake) -> None:
    await intake.publish(entitlement={"needs": "contract"})
    refused = await intake.call("POST", TICKETS, request())
    assert refused.json()["type"].endswith("/not-entitled")
    contract = {"number": "42", "from": "2020-01-01", "until": "2020-12-31", "level": "gold"}
    customer = {"name": "Acme", "emails": ["Ann@north.example"], "contracts": [contract]}
    path = "/desks/north/customers/acme"
    assert (await intake.call("PUT", path, customer)).status_code == 200
    over = await intake.call("POST", TICKETS, request())
    assert over.json()["violations"][0]["rule"] == "contract-not-in-force"
    contract["until"] = "2090-12-31"
    changed = await intake.call("PUT", path, customer)
    assert (changed.json()["version"], changed.json()["contracts"][0]["until"]) == (2, "2090-12-31")
    again = await intake.call("PUT", path, customer)
    assert again.json() == changed.json()
    ticket = await intake.open()
    assert (ticket["customer"], ticket["contract"]) == ("acme", "42")
    assert ticket["service_level"] == "gold"


async def test_the_same_key_gives_the_first_answer_and_another_body_is_refused(
    intake: Intake,
) -> None:
    first = await intake.call("POST", TICKETS, request(), Idempotency_Key="k1")
    again = await intake.call("POST", TICKETS, request(), Idempotency_Key="k1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Idempotency-Replayed"] == "true"
    other = await intake.call("POST", TICKETS, request(subject="Other"), Idempotency_Key="k1")
    assert other.status_code == 422
    assert other.json()["type"].endswith("/idempotency-key-reused")
    assert len((await intake.get("/tickets"))["items"]) == 1


async def test_requests_at_the_same_time_under_one_key_make_one_ticket(intake: Intake) -> None:
    await intake.publish(duplicates=None)
    answers = await asyncio.gather(
        *(intake.call("POST", TICKETS, request(), Idempotency_Key="k1") for _ in range(8))
    )
    assert len({answer.json()["id"] for answer in answers}) == 1


@pytest.mark.rule("MIC-13")
async def test_the_same_request_again_joins_the_first(intake: Intake) -> None:
    first = await intake.open()
    answer = await intake.call("POST", TICKETS, request(subject="Re: printer  ON fire"))
    assert (answer.status_code, answer.json()["number"]) == (200, first["number"])
    assert await intake.types(first["id"]) == ["TicketOpened", "TicketAccepted", "DuplicateJoined"]
    await intake.act(first["id"], "refusal", {"reason": "abuse"})
    anew = await intake.open()
    assert anew["number"] == "N-0002"


@pytest.mark.rule("MIC-13")
async def test_the_same_request_many_times_at_once_is_one_ticket(intake: Intake) -> None:
    answers = await asyncio.gather(
        *(intake.call("POST", TICKETS, request(), Idempotency_Key=f"k{n}") for n in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert {answer.json()["number"] for answer in answers} == {"N-0001"}


async def test_a_time_is_believed_only_from_an_agent_and_never_in_the_future(
    intake: Intake,
) -> None:
    yesterday = (clock.now() - timedelta(days=1)).replace(microsecond=0)
    said = {"received_at": yesterday.isoformat()}
    by_agent = await intake.open(**said)
    assert by_agent["opened_at"] == rfc3339(yesterday)
    by_requester = await intake.open(key="ann", subject="Other", **said)
    assert by_requester["opened_at"] > rfc3339(yesterday)
    future = (clock.now() + timedelta(hours=1)).isoformat()
    refused = await intake.call("POST", TICKETS, request(received_at=future))
    assert refused.json()["violations"][0]["rule"] == "time-in-the-future"


async def test_requesters_see_their_own_and_other_desks_see_nothing(intake: Intake) -> None:
    ticket = await intake.open(key="ann")
    path = f"/tickets/{ticket['id']}"
    for key, status in (("ann", 200), ("agent", 200), ("integrator", 200), ("admin", 200)):
        assert (await intake.call("GET", path, key=key)).status_code == status, key
    for key in ("bob", "stranger"):
        for part in ("", "/history", "/messages", "/stream"):
            assert (await intake.call("GET", path + part, key=key)).status_code == 404, (key, part)
        assert (await intake.get("/tickets", key=key))["items"] == []
    assert (await intake.call("POST", TICKETS, request(), key="stranger")).status_code == 404
    assert len((await intake.get("/tickets", key="ann"))["items"]) == 1


async def test_lists_are_filtered_and_paged_newest_first(intake: Intake) -> None:
    tickets = [await intake.open(subject=f"100% number {index}") for index in range(5)]
    await intake.act(tickets[2]["id"], "closure", {})
    page = await intake.call("GET", "/tickets?limit=2")
    numbers = [each["number"] for each in page.json()["items"]]
    while "next" in page.links:
        page = await intake.call("GET", page.links["next"]["url"].removeprefix("/v1"))
        numbers += [each["number"] for each in page.json()["items"]]
    assert numbers == ["N-0005", "N-0004", "N-0003", "N-0002", "N-0001"]

    async def numbered(query: str) -> list[str]:
        found = await intake.get(f"/tickets?{query}")
        return [each["number"] for each in found["items"]]

    assert await numbered("status=closed") == ["N-0003"]
    assert await numbered("q=number%204") == ["N-0005"]
    assert await numbered("q=100%25") == numbers
    assert await numbered("q=1000") == []
    assert await numbered("q=n-0002") == ["N-0002"]
    assert await numbered("number=N-0001") == ["N-0001"]
    assert await numbered("requester=ann@north.example&limit=1") == ["N-0005"]
    assert await numbered(f"requester={tickets[0]['requester']}&status=closed") == ["N-0003"]
    assert await numbered(f"updated_since={tickets[4]['updated_at']}") == ["N-0005", "N-0003"]
    assert await numbered("assignee=nobody") == []
    assert (await intake.call("GET", "/tickets?status=odd")).status_code == 422


async def test_files_come_back_as_they_went_in_and_are_never_shown_as_pages(
    intake: Intake,
) -> None:
    ticket = await intake.open(attachments=[{"name": "снимок.html", "content": PNG}])
    (file,) = ticket["attachments"]
    assert (file["name"], file["format"], file["size"]) == ("снимок.html", "png", 48)
    answer = await intake.call("GET", f"/tickets/{ticket['id']}/attachments/{file['id']}")
    assert answer.content == base64.b64decode(PNG)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment; ")
    assert "; filename*=UTF-8''%D1" in disposition


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"channel": "pigeon"},
        request(extra=1),
        request(subject="a\x00b"),
        request(fields={"x": {"deep": 1}}),
        request(attachments=[{"name": "a", "content": "%%%"}]),
        request(received_at="yesterday"),
        request(received_at="2026-01-01T00:00:00"),
        request(received_at="0001-01-01T00:00:00Z"),
        request(requester=None),
        [],
        "text",
        None,
    ],
    ids=lambda body: str(body)[-40:],
)
async def test_wrong_bodies_give_problems(intake: Intake, body: object) -> None:
    answer = await intake.call("POST", TICKETS, body)
    assert answer.status_code in {400, 415, 422}, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "/tickets/1",
        "/tickets/%00",
        "/tickets/0199d5c0-0000-7000-8000-000000000001",
        "/tickets/0199d5c0-0000-7000-8000-000000000001/history",
        "/desks/nowhere/policy",
        "/desks/nowhere/customers/a",
        "/events?desk=north&after=x",
        "/tickets?q=%00",
        "/tickets?cursor=x",
    ],
)
async def test_what_is_not_there_gives_problems(intake: Intake, path: str) -> None:
    answer = await intake.call("GET", path, key="admin")
    assert answer.status_code in {400, 404, 422}, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
