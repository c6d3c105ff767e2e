"""A ticket's clocks, a desk's list and excuses, through the application."""

from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest

from reglament.events.tickets import InfoProvided, InfoRequested, TicketReturned
from reglament.ids import new_id
from sla_clock.timers import Timers
from tests.integration.sla_clock.conftest import (
    CONTENT,
    ENGINEER,
    POLICY,
    Clocked,
    answered,
    opened,
    token,
)
from tests.support.feeding import publish

pytestmark = pytest.mark.integration
WEDNESDAY = datetime.fromisoformat("2026-11-18T16:00:00Z")  # a holiday and a weekend follow
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
EXCUSE = {"reason": "force_majeure"}


def text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


async def sla(clocked: Clocked, ticket: str, **params: Any) -> dict[str, Any]:
    answer = await clocked.call("GET", f"/tickets/{ticket}/sla", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def of(answer: dict[str, Any], metric: str) -> dict[str, Any]:
    (found,) = [one for one in answer["targets"] if one["metric"] == metric]
    return dict(found)


async def test_every_second_of_a_clock_is_explained(clocked: Clocked) -> None:
    asked, given = WEDNESDAY + 44 * HOUR, WEDNESDAY + 45 * HOUR
    ticket = await clocked.tell(
        opened(WEDNESDAY),
        answered(WEDNESDAY + HOUR / 2),
        InfoRequested(at=asked, actor=ENGINEER, items=(), content=CONTENT),
        InfoProvided(at=given, actor=ENGINEER, content=CONTENT),
    )
    now = WEDNESDAY + 46 * HOUR
    answer = await sla(clocked, ticket, as_of=text(now))
    handling = of(answer, "handling")
    assert (handling["state"], handling["elapsed_seconds"]) == ("running", 6 * 3600)
    parts = [part for part in answer["segments"] if part["metric"] == "handling"]
    assert (parts[0]["from"], parts[-1]["to"]) == (text(WEDNESDAY), text(now))
    assert all(one["to"] == two["from"] for one, two in pairwise(parts))
    reasons = [part["reason"] for part in parts]
    assert [one.split()[0] for one in reasons] == [
        "working", "night", "holiday", "night", "working", "waiting", "working",
    ]  # fmt: skip
    assert "2026-11-19" in reasons[2]
    assert [part["counted"] for part in parts] == [one == "working time" for one in reasons]
    met = of(answer, "first_response")
    assert (met["state"], met["met_at"]) == ("met", text(WEDNESDAY + HOUR / 2))


async def test_as_of_says_what_was_known_then(clocked: Clocked) -> None:
    ticket = await clocked.tell(opened(WEDNESDAY), answered(WEDNESDAY + HOUR / 2))
    before = await sla(clocked, ticket, as_of=text(WEDNESDAY + HOUR / 4))
    assert of(before, "first_response")["state"] == "running"
    assert of(before, "first_response")["remaining_seconds"] == 45 * 60
    assert of(await sla(clocked, ticket), "first_response")["state"] == "met"
    elsewhere = (WEDNESDAY + HOUR / 4).astimezone(timezone(3 * HOUR)).isoformat()
    assert "+03:00" in elsewhere
    unencoded = await clocked.call("GET", f"/tickets/{ticket}/sla?as_of={elsewhere}")
    assert unencoded.json() == before
    assert (await sla(clocked, ticket, as_of="2020-01-01T00:00:00Z"))["targets"] == []


async def test_a_ticket_stays_with_its_policys_version(clocked: Clocked) -> None:
    ticket = await clocked.tell(opened(WEDNESDAY))
    targets = [{"metric": "handling", "within": "1h", "calendar": "always"}]
    await publish(clocked.runtime, {**POLICY, "sla": {"targets": targets}}, version=2)
    answer = await sla(clocked, ticket)
    assert answer["policy_version"] == 1
    assert of(answer, "handling")["within"] == "16h"


async def test_a_desks_open_clocks_come_soonest_first_in_pages(clocked: Clocked) -> None:
    tickets = [await clocked.tell(opened(WEDNESDAY + n * HOUR / 6)) for n in (2, 0, 1)]
    await clocked.tell(opened(WEDNESDAY), desk="south")
    path, found, cursor = "/desks/north/sla", [], None
    for _ in range(3):
        params = {"limit": 2, "metric": "first_response", **({"cursor": cursor} if cursor else {})}
        page = (await clocked.call("GET", path, params=params)).json()
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [one["ticket"] for one in found] == [tickets[1], tickets[2], tickets[0]]
    assert [one["due_at"] for one in found] == sorted(one["due_at"] for one in found)
    paused = (await clocked.call("GET", path, params={"state": "paused"})).json()
    assert paused["items"] == []


async def test_a_paused_clock_stands_last_and_without_a_due_time(clocked: Clocked) -> None:
    asked = InfoRequested(at=WEDNESDAY + HOUR / 2, actor=ENGINEER, items=(), content=CONTENT)
    waiting = await clocked.tell(opened(WEDNESDAY), asked)
    running = await clocked.tell(opened(WEDNESDAY + HOUR))
    params = {"metric": "handling"}
    page = (await clocked.call("GET", "/desks/north/sla", params=params)).json()
    assert [(one["ticket"], one["state"]) for one in page["items"]] == [
        (running, "running"),
        (waiting, "paused"),
    ]
    assert page["items"][1]["due_at"] is None


async def breached(clocked: Clocked) -> str:
    """A ticket that was answered too late."""
    ticket = await clocked.tell(opened(WEDNESDAY))
    judging = clocked.runtime.extras["judging"]
    timers = Timers(
        clocked.runtime.pool, judging, lambda: dict.fromkeys(range(12), WEDNESDAY + 2 * HOUR)
    )
    assert await timers.fire() == 1
    return ticket


async def test_a_breach_is_excused_by_a_reason_of_the_desk_and_stays(clocked: Clocked) -> None:
    ticket = await breached(clocked)
    path = f"/tickets/{ticket}/sla/first_response/excuse"
    key = {"Idempotency-Key": "k-1"}
    first = await clocked.call("POST", path, EXCUSE, headers=key)
    assert first.status_code == 200, first.text
    target = of(first.json(), "first_response")
    assert (target["state"], target["excused"]) == ("breached", "force_majeure")
    again = await clocked.call("POST", path, EXCUSE, headers=key)
    assert again.json() == first.json()
    other = await clocked.call("POST", path, {"reason": "whim"}, headers=key)
    assert other.json()["type"].endswith("idempotency-key-reused")
    assert (await clocked.types(ticket)).count("ClockExcused first_response") == 1
    before = await sla(clocked, ticket, as_of=text(WEDNESDAY + 3 * HOUR))
    assert of(before, "first_response")["excused"] is None


async def test_only_a_breach_is_excused_and_only_by_a_known_reason(clocked: Clocked) -> None:
    ticket = await breached(clocked)
    path = f"/tickets/{ticket}/sla"
    unknown = await clocked.call("POST", f"{path}/first_response/excuse", {"reason": "whim"})
    assert [one["rule"] for one in unknown.json()["violations"]] == ["unknown-reason"]
    running = await clocked.call("POST", f"{path}/handling/excuse", EXCUSE)
    assert [one["rule"] for one in running.json()["violations"]] == ["not-breached"]
    none = await clocked.call("POST", f"{path}/first_response/excuse", {**EXCUSE, "cycle": 7})
    assert none.status_code == 404


async def test_foreign_desks_and_tickets_look_like_none(clocked: Clocked) -> None:
    ann = token("requester", "north", "r")
    bob = token("requester", "north", "b")
    agent, stranger = token("agent", "north", "anna"), token("agent", "south", "dora")
    ticket = await clocked.tell(opened(WEDNESDAY))
    path = f"/tickets/{ticket}/sla"
    seen = {
        key: (await clocked.call("GET", path, key=key)).status_code
        for key in (ann, bob, agent, stranger, "none")
    }
    assert list(seen.values()) == [200, 404, 200, 404, 401]
    lists = [
        (await clocked.call("GET", "/desks/north/sla", key=key)).status_code
        for key in (agent, stranger, ann)
    ]
    assert lists == [200, 404, 403]
    excuses = [
        (await clocked.call("POST", f"{path}/handling/excuse", EXCUSE, key=key)).status_code
        for key in (ann, stranger)
    ]
    assert excuses == [403, 404]
    body: dict[str, Any] = {
        "desk": "north",
        "events": [{"type": "TicketOpened", "at": text(WEDNESDAY)}],
    }
    body["as_of"] = text(WEDNESDAY + DAY)
    previews = [
        (await clocked.call("POST", "/sla/previews", body, key=key)).status_code
        for key in (ann, stranger, "admin")
    ]
    assert previews == [200, 404, 200]


async def test_a_returned_request_has_no_clock(clocked: Clocked) -> None:
    returned = TicketReturned(
        at=WEDNESDAY,
        actor=ENGINEER,
        number="N-2",
        channel="web",
        requester="r",
        content=CONTENT,
        priority="normal",
        violations=(),
    )
    ticket = await clocked.tell(returned)
    assert (await sla(clocked, ticket))["targets"] == []
    assert await clocked.types(ticket) == []


async def test_nonsense_is_answered_with_a_problem(clocked: Clocked) -> None:
    ticket = await clocked.tell(opened(WEDNESDAY))
    at = text(WEDNESDAY)
    policy = {**POLICY, "desk": "imagined"}
    event = {"type": "TicketOpened", "at": at}
    own = {"metric": "handling", "within": "1h", "calendar": "nowhere"}
    bodies: list[Any] = [
        None,
        [],
        {"events": []},
        {"events": [event]},
        {"desk": "nowhere", "events": [event]},
        {"desk": "north\0", "events": [event]},
        {"policy": {}, "events": [event]},
        {"policy": [], "events": [event]},
        {"policy": {**policy, "sla": 5}, "events": [event]},
        {"policy": policy, "events": [{"type": "Nothing", "at": at}]},
        {"policy": policy, "events": [{**event, "at": "now"}]},
        {"policy": policy, "events": [{**event, "at": "0001-01-01T00:00:00+14:00"}]},
        {"policy": policy, "events": [{**event, "data": {"unknown": 1}}]},
        {"policy": policy, "events": [{**event, "data": {"priority": 5}}]},
        {"policy": policy, "events": [{**event, "data": {"at": "never"}}]},
        {"policy": policy, "events": [{**event, "data": {"actor": 7}}]},
        {"policy": policy, "events": [event], "ticket": {"targets": [own]}},
        {"policy": policy, "events": [event], "ticket": {"targets": [{**own, "within": "x"}]}},
        {"policy": policy, "events": [event], "ticket": {"targets": [5]}},
        {"policy": policy, "events": [event], "as_of": "9999-12-31T23:59:59Z"},
        {"policy": policy, "events": [event], "as_of": "2190-01-01T00:00:00Z"},
        {"policy": policy, "events": [{**event, "type": "PolicySwapped", "data": {"targets": 5}}]},
        {
            "policy": policy,
            "events": [event, {"type": "PolicySwapped", "at": at, "data": {"targets": [own]}}],
        },
        {
            "policy": policy,
            "events": [event, {"type": "ScheduleChanged", "at": at, "data": {"due_at": "9" * 9}}],
        },
    ]
    asked: list[tuple[str, str, Any]] = [("POST", "/sla/previews", body) for body in bodies]
    sla_of, excuse = f"/tickets/{ticket}/sla", f"/tickets/{ticket}/sla/handling/excuse"
    asked += [("GET", path, None) for path in (
        "/tickets/none/sla", "/tickets/%00/sla", f"/tickets/{new_id()}/sla",
        f"{sla_of}?as_of=yesterday", f"{sla_of}?as_of=2026-11-18T16:00:00",
        f"{sla_of}?as_of=9999-12-31T23:59:59Z", f"{sla_of}?as_of=0001-01-01T00:00:00%2B14:00",
        "/desks/north/sla?state=sad", "/desks/north/sla?metric=x", "/desks/north/sla?limit=0",
        "/desks/north/sla?cursor=x", "/desks/no%00rth/sla",
    )]  # fmt: skip
    wrong_excuses: list[Any] = [
        None, [], {}, {"reason": 5}, {"reason": ""}, {"reason": "x\0", "cycle": 1},
        {**EXCUSE, "cycle": "x"}, {**EXCUSE, "cycle": 10**30}, EXCUSE,
    ]  # fmt: skip
    asked += [("POST", excuse, body) for body in wrong_excuses]
    asked.append(("POST", f"/tickets/{ticket}/sla/nothing/excuse", EXCUSE))
    wrong = []
    for method, path, body in asked:
        answer = await clocked.call(method, path, body)
        is_problem = answer.headers["content-type"] == "application/problem+json"
        if not (400 <= answer.status_code < 500 and is_problem):
            wrong.append((method, path, body, answer.status_code, answer.text[:300]))
    assert not wrong


async def test_the_document_shows_the_shapes_and_examples_that_work(clocked: Clocked) -> None:
    document = (await clocked.client.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    ticket = await breached(clocked)
    answer = await sla(clocked, ticket)
    assert set(answer) == set(schemas["SlaGiven"]["properties"])
    assert set(answer["targets"][0]) == set(schemas["TargetGiven"]["properties"])
    assert set(answer["segments"][0]) == set(schemas["SegmentGiven"]["properties"])
    page = (await clocked.call("GET", "/desks/north/sla")).json()
    assert set(page["items"][0]) == set(schemas["OpenClock"]["properties"])
    for path in ("/sla/previews", "/calendars/calculations"):
        content = document["paths"][f"/v1{path}"]["post"]["requestBody"]["content"]
        for example in content["application/json"]["examples"].values():
            done = await clocked.call("POST", path, example["value"])
            assert done.status_code == 200, done.text


async def test_reasons_are_told_in_the_readers_language_with_who_caused_them(
    clocked: Clocked,
) -> None:
    ticket = await clocked.tell(
        opened(WEDNESDAY),
        InfoRequested(at=WEDNESDAY + HOUR, actor=ENGINEER, items=(), content=CONTENT),
        InfoProvided(at=WEDNESDAY + 1.5 * HOUR, actor=ENGINEER, content=CONTENT),
    )
    path = f"/tickets/{ticket}/sla?as_of={text(WEDNESDAY + 1.75 * HOUR)}"
    told = {}
    for asked, header in (("&locale=ru", "fr"), ("", "fr-CH, en;q=0.5"), ("", "de, *;q=0.1")):
        answer = await clocked.call("GET", path + asked, headers={"Accept-Language": header})
        parts = [one for one in answer.json()["segments"] if one["metric"] == "handling"]
        told[answer.headers["content-language"]] = parts
    assert [parts[1]["text"] for parts in told.values()] == [
        "Пауза: ждём клиента, запросил инженер anna.",
        "En pause : en attente du client, question posée par ingénieur anna.",
        "Paused: waiting for the client, asked by engineer anna.",
    ]
    assert told["en"][1]["by"] == {"kind": "engineer", "id": "anna"}
    moved = told["en"][2]["moved"]
    assert (moved["cause"], moved["was"], moved["due_at"]) == (
        "waiting",
        "2026-11-23T14:00:00Z",
        "2026-11-23T14:30:00Z",
    )
    assert (await clocked.call("GET", f"{path}&locale=de")).status_code == 422
