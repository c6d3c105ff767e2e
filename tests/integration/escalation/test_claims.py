"""Claims of the queue's next ticket over HTTP, on a real PostgreSQL."""

import asyncio

import pytest

from tests.integration.escalation.conftest import POLICY, Process, accepted

pytestmark = pytest.mark.integration


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
