"""Keys on a real database, and: wrong input of any kind, at every route, is never a 500."""

import json
import random
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from reglament.contract.openapi_documents import SERVICES, application
from reglament.yaml_core import parse_yaml
from tests.support.eventually import eventually
from tests.support.stack import Databases

pytestmark = pytest.mark.integration
ADMIN = "the admin's own key"
POLICY = Path(__file__).parents[4] / "policies/remsys.yaml"
DESK = POLICY.stem
TICKET = "0199d5c0-0000-7000-8000-000000000001"
METHODS = ("get", "put", "post", "patch", "delete")
STREAMS = ("/stream",)  # never end
WORDS: tuple[Any, ...] = (
    "",
    "x",
    "\x00",
    "ф" * 300,
    "' OR 1=1 --",
    "../../etc/passwd",
    "\ud800",
    "9" * 30,
    "-1",
    "NaN",
    "2026-99-99T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    TICKET,
)
VALUES: tuple[Any, ...] = (
    *WORDS,
    None,
    True,
    -1,
    0,
    10**30,
    1e308,
    [],
    {},
    [[]],
    {"": None},
    {"x": {"y": ["\ud800"]}},
    ["a"] * 200,
)


@pytest.fixture(params=SERVICES)
async def service(
    request: pytest.FixtureRequest, postgres: Databases
) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    """One of the four, its API only, on an empty database."""
    app = application(
        request.param,
        database=await postgres(),
        admin_key=ADMIN,
        roles=["api"],
        kafka="127.0.0.1:1",
    )
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        headers = {"Authorization": f"Bearer {ADMIN}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://api", headers=headers, timeout=20
        ) as client:
            await furnish(app, client)
            yield app, client


async def furnish(app: FastAPI, client: httpx.AsyncClient) -> None:
    """A desk with its rules; in intake a ticket too: so that requests get behind the door."""
    runtime = app.state.runtime
    if app.state.service == "intake":
        headers = {"Content-Type": "application/yaml"}
        path = f"/v1/desks/{DESK}/policy"
        answer = await client.put(path, content=POLICY.read_bytes(), headers=headers)
        assert answer.is_success, answer.text
        requester = {"name": "A", "email": "a@x.example"}
        body = {"channel": "web", "subject": "s", "description": "d", "requester": requester}
        answer = await client.post(f"/v1/desks/{DESK}/tickets", json=body)
        app.state.ticket = answer.json().get("id", TICKET)
        return
    app.state.ticket = TICKET
    document = json.dumps(parse_yaml(POLICY.read_text("utf-8")))
    await runtime.pool.execute(
        "INSERT INTO policies (desk, version, document, digest, published_at)"
        " VALUES ($1, 1, $2::text::jsonb, 'd', now())",
        DESK,
        document,
    )
    await runtime.policies.refresh()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method, operation."""
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods and not path.endswith(STREAMS):
                yield path, method, methods[method]


def known(name: str, ticket: str, chance: random.Random) -> str:
    """A path's part: mostly one that fits, so that the route itself is reached."""
    if chance.random() < 0.2:
        return str(chance.choice(WORDS)).encode("utf-8", "replace").decode() or "x"
    return DESK if name == "desk" else ticket


def body_for(schema: dict[str, Any], document: dict[str, Any], chance: random.Random) -> Any:
    """Something that has the right keys and the wrong values, or nothing right at all."""
    if chance.random() < 0.2:
        return chance.choice(VALUES)
    name = re.sub(r".*/", "", schema.get("$ref", ""))
    found = document["components"]["schemas"].get(name, schema)
    return {field: chance.choice(VALUES) for field in found.get("properties", {"x": {}})}


async def send(
    client: httpx.AsyncClient, document: dict[str, Any], operation: Any, chance: random.Random
) -> httpx.Response:
    """One request that is wrong somewhere."""
    path, method, details = operation
    url = re.sub(r"{(\w+)}", lambda part: _quoted(known(part[1], details["ticket"], chance)), path)
    query = {
        each["name"]: str(chance.choice(WORDS)).encode("utf-8", "replace").decode()
        for each in details.get("parameters", ())
        if each["in"] == "query" and chance.random() < 0.5
    }
    content, headers = None, {"Idempotency-Key": str(chance.random())}
    if "requestBody" in details:
        (kind, described), *_ = details["requestBody"]["content"].items()
        made = body_for(described.get("schema", {}), document, chance)
        content, headers["Content-Type"] = json.dumps(made).encode(), kind
    if chance.random() < 0.3:
        headers["If-Match"] = chance.choice(['"1"', "*", "x", '"999999999999999999"'])
    request = client.build_request(method, url, params=query, content=content, headers=headers)
    return await client.send(request)


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


async def test_wrong_input_at_every_route_is_never_a_500(
    service: tuple[FastAPI, httpx.AsyncClient],
) -> None:
    app, client = service
    document, chance = app.openapi(), random.Random(9457)  # noqa: S311 - the same at every run
    faults = []
    for path, method, details in operations(document):
        operation = (path, method, {**details, "ticket": app.state.ticket})
        for _ in range(40):
            answer = await send(client, document, operation, chance)
            if answer.status_code == 500 or (
                answer.status_code >= 400
                and answer.headers["content-type"] != "application/problem+json"
                and operation[0] != "/readyz"
            ):
                faults.append((answer.request.method, answer.request.url, answer.text[:200]))
                break
    assert faults == []


async def test_a_key_works_until_it_is_revoked(
    service: tuple[FastAPI, httpx.AsyncClient],
) -> None:
    app, client = service
    if app.state.service != "intake":
        pytest.skip("keys are issued by intake")
    body = {"role": "integrator", "desk": "inn", "subject": "system-1"}
    issued = await client.post("/v1/keys", json=body, headers={"Idempotency-Key": "k"})
    assert issued.status_code == 201, issued.text
    again = await client.post("/v1/keys", json=body, headers={"Idempotency-Key": "k"})
    assert again.content == issued.content
    key = {"Authorization": f"Bearer {issued.json()['key']}"}
    assert (await client.get("/v1/keys", headers=key)).status_code == 403
    (listed,) = (await client.get("/v1/keys?desk=inn")).json()["items"]
    assert listed["id"] == issued.json()["id"]
    assert "key" not in listed
    assert (await client.delete(issued.headers["location"])).status_code == 204
    assert (await client.delete(issued.headers["location"])).status_code == 204

    async def refused() -> bool:
        return (await client.get("/v1/keys", headers=key)).status_code == 401

    await eventually(refused, timeout=5)
