"""Whatever is sent, the answer is a problem document and never a fault of ours (RFC 9457)."""

import json

import httpx
import pytest

from reglament_local.demo.system import Desk, System
from tests.acceptance.wrong_requests import TABLE, TICKET, Wrong

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def tickets() -> dict[str, str]:
    """The one ticket of this module, once it is there."""
    return {}


async def a_ticket(site: System, tickets: dict[str, str]) -> str:
    if not tickets:
        tickets["remsys"] = (await Desk(system=site, name="remsys").open(TICKET))["id"]
    return tickets["remsys"]


def headers_of(site: System, wrong: Wrong) -> dict[str, str]:
    keys = {"nobody": None, "wrong": "rk_wrong"}
    key = keys[wrong.role] if wrong.role in keys else site.key("remsys", wrong.role)
    headers = {"Content-Type": "application/json", "Idempotency-Key": f'"{site.run}"'}
    return headers | ({"Authorization": f"Bearer {key}"} if key else {}) | dict(wrong.headers)


async def answered(
    site: System, tickets: dict[str, str], address: str, wrong: Wrong
) -> httpx.Response:
    path = wrong.path.replace("{ticket}", await a_ticket(site, tickets))
    body = wrong.body
    content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    url, headers = f"{address}/v1{path}", headers_of(site, wrong)
    return await site.http.request(wrong.method, url, content=content, headers=headers)


@pytest.mark.parametrize(("service", "wrong"), TABLE)
async def test_wrong_input_is_answered_by_a_problem_document(
    site: System, tickets: dict[str, str], service: str, wrong: Wrong
) -> None:
    answer = await answered(site, tickets, site.ready[service], wrong)
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert (answer.status_code, problem["type"].rpartition("/")[2]) == (
        wrong.status,
        wrong.problem,
    ), problem
    assert problem["status"] == answer.status_code
    assert problem["title"]
    if wrong.problem == "validation-failed":
        assert problem["errors"], problem


async def test_the_front_answers_a_path_of_nobody_with_a_problem_too(site: System) -> None:
    answer = await site.http.get(f"{site.ready['front']}/v1/nothing/at/all")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == 404
