"""Split, merge, links, work, handover, rating over REST."""

import asyncio
from typing import Any

import pytest

from tests.integration.intake.conftest import Intake

pytestmark = pytest.mark.integration
BOB = {"email": "bob@north.example"}
PARTS = {
    "parts": [
        {"subject": "Smoke", "description": "The printer smokes"},
        {"subject": "Smell", "description": "And it smells"},
    ]
}


def linked(ticket: dict[str, Any], kind: str) -> list[str]:
    return [each["ticket"] for each in ticket["links"] if each["kind"] == kind]


@pytest.mark.rule("WIS-05")
@pytest.mark.rule("MIC-12")
async def test_a_request_is_split_into_tickets_with_their_own_numbers_and_texts(
    intake: Intake,
) -> None:
    first = await intake.open(key="ann", fields={"inn": "7707083893"})
    after = await intake.act(first["id"], "split", PARTS, Idempotency_Key="once")
    again = await intake.act(first["id"], "split", PARTS, Idempotency_Key="once")
    assert again == after
    children = [await intake.get(f"/tickets/{child}") for child in linked(after, "split_into")]
    assert [child["number"] for child in children] == ["N-0002", "N-0003"]
    assert [child["subject"] for child in children] == ["Smoke", "Smell"]
    assert [child["fields"] for child in children] == [{"inn": "7707083893"}] * 2
    assert [linked(child, "split_from") for child in children] == [[first["id"]]] * 2
    assert children[0]["arrived_at"] == first["arrived_at"] < children[0]["opened_at"]
    assert await intake.types(children[0]["id"]) == ["TicketOpened", "TicketAccepted"]
    assert (await intake.open(description="x", requester=BOB))["number"] == "N-0004"
    mine = (await intake.get("/tickets", key="ann"))["items"]
    assert {each["number"] for each in mine} == {"N-0001", "N-0002", "N-0003"}


async def test_a_split_that_loses_to_another_writer_leaves_no_child_and_no_gap(
    intake: Intake,
) -> None:
    first = (await intake.open())["id"]
    path = f"/tickets/{first}/split"
    answers = await asyncio.gather(
        *(intake.call("POST", path, PARTS, If_Match='"2.2"') for _ in range(3))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    numbers = [each["number"] for each in (await intake.get("/tickets?desk=north"))["items"]]
    assert sorted(numbers) == ["N-0001", "N-0002", "N-0003"]


async def test_only_an_agent_of_the_desk_splits(intake: Intake) -> None:
    first = (await intake.open(key="ann"))["id"]
    for key, status in (("ann", 403), ("integrator", 403), ("stranger", 404)):
        answer = await intake.call("POST", f"/tickets/{first}/split", PARTS, key=key)
        assert answer.status_code == status, answer.text
    empty = await intake.call("POST", f"/tickets/{first}/split", {"parts": []})
    assert empty.status_code == 422


async def test_a_merged_ticket_goes_on_in_its_target(intake: Intake) -> None:
    source = await intake.open(key="ann")
    target = await intake.open(key="ann", description="It burns again")
    merged = await intake.act(source["id"], "merge", {"into": target["id"]})
    assert (merged["status"], linked(merged, "merged_into")) == ("merged", [target["id"]])
    after = await intake.get(f"/tickets/{target['id']}")
    assert linked(after, "absorbed") == [source["id"]]
    history = (await intake.get(f"/tickets/{target['id']}/history"))["items"]
    assert history[-1]["type"] == "TicketAbsorbed"
    assert history[-1]["data"]["waiting_since"] == source["arrived_at"]
    late = await intake.call("POST", f"/tickets/{source['id']}/messages", {"body": "hello?"})
    assert late.status_code == 422
    assert late.json()["violations"][0]["detail"] == "merged"


async def test_a_merge_names_what_is_wrong_with_it(intake: Intake) -> None:
    ann = (await intake.open(key="ann"))["id"]
    bob = (await intake.open(key="bob", requester=BOB))["id"]
    unknown = "019ab3f2-7c00-7a31-9d0e-5b1f6c2a4e80"
    for into, rule in (
        (bob, "merge-other-requester"),
        (ann, "merge-with-itself"),
        (unknown, "ticket-unknown"),
    ):
        answer = await intake.call("POST", f"/tickets/{ann}/merge", {"into": into})
        assert answer.status_code == 422, answer.text
        violation = answer.json()["violations"][0]
        assert (violation["rule"], violation["field"]) == (rule, "into")
    assert (await intake.get(f"/tickets/{bob}"))["version"] == 2


async def test_a_link_is_seen_from_both_sides(intake: Intake) -> None:
    one, other = (await intake.open())["id"], (await intake.open(description="b"))["id"]
    body = {"to": other, "kind": "blocks", "note": "first the fire"}
    linked_one = await intake.act(one, "links", body)
    again = await intake.act(one, "links", body)
    assert linked_one["links"] == again["links"] == [{"kind": "blocks", "ticket": other}]
    assert linked(await intake.get(f"/tickets/{other}"), "blocked_by") == [one]


@pytest.mark.rule("REM-08")
@pytest.mark.rule("MIC-06")
async def test_work_is_shown_by_engineer_and_level_and_each_stay_with_its_minutes(
    intake: Intake,
) -> None:
    await intake.publish(departments=["development"])
    ticket = (await intake.open(key="ann"))["id"]
    await intake.act(ticket, "work", {"minutes": 20, "note": "looked into it"})
    await intake.act(ticket, "handover", {"department": "development", "note": "over to you"})
    await intake.act(ticket, "work", {"minutes": 30})
    await intake.act(ticket, "work", {"minutes": 15})
    after = await intake.act(ticket, "handover", {"department": None})
    worked = {(row["engineer"], row["department"]): row["minutes"] for row in after["work"]}
    assert worked == {("e1", None): 20, ("e1", "development"): 45}
    stays = [(stay["department"], stay["minutes"]) for stay in after["stays"]]
    assert stays == [(None, 20), ("development", 45), (None, 0)]
    ends = [stay["until"] for stay in after["stays"]]
    assert ends[:2] == [stay["since"] for stay in after["stays"][1:]]
    refused = await intake.call("POST", f"/tickets/{ticket}/handover", {"department": "kitchen"})
    assert refused.json()["violations"][0]["detail"] == "development"
    notes = {
        key: [
            (row.get("content") or {}).get("text")
            for row in (await intake.get(f"/tickets/{ticket}/history", key=key))["items"]
            if row["type"] in ("WorkLogged", "HandedOver")
        ][:2]
        for key in ("agent", "ann")
    }
    assert notes == {"agent": ["looked into it", "over to you"], "ann": [None, None]}


async def test_the_requester_rates_the_answer(intake: Intake) -> None:
    ticket = (await intake.open(key="ann"))["id"]
    early = await intake.call("POST", f"/tickets/{ticket}/rating", {"score": 5}, key="ann")
    assert early.status_code == 422
    await intake.act(ticket, "resolution", {"text": "put out"})
    assert (await intake.act(ticket, "rating", {"score": 2}, key="ann"))["rating"] == 2
    assert (await intake.act(ticket, "rating", {"score": 4}, key="ann"))["rating"] == 4
    not_mine = await intake.call("POST", f"/tickets/{ticket}/rating", {"score": 1}, key="agent")
    assert not_mine.status_code == 403
    outside = await intake.call("POST", f"/tickets/{ticket}/rating", {"score": 6}, key="ann")
    assert outside.status_code == 422
