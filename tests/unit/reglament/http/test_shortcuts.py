"""A shortcut answers what is right; of what is wrong the framework says what it always said."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from reglament.http.app import ApiDescription, create_api
from reglament.http.auth import AnyCaller, Caller, caller_of
from reglament.http.shortcuts import json_body, plain_query, shortcut
from reglament.settings import ProcessSettings
from tests.unit.reglament.http.conftest import FAULTS, KeysInMemory, talking_to

JSON = {"Content-Type": "application/json"}
WRONG: list[tuple[bytes, dict[str, str]]] = [
    (b'{"text": ""}', JSON),
    (b'{"text": "a", "more": [', JSON),
    (b'{"text": "a\\u0000"}', JSON),
    (b'{"text": "\\ud800"}', JSON),
    (b'{"number": "one"}', JSON),
    (b"[]", JSON),
    (b"", JSON),
    (b'{"text": "a"}', {"Content-Type": "text/plain"}),
    (b'{"text": "a"}', {}),
    (b'{"text": ""}', {**JSON, "Authorization": "Bearer nobody"}),
    (b'{"text": "a"}', {**JSON, "Authorization": "Bearer nobody"}),
    (b'{"text": "' + b"a" * 2_000_000 + b'"}', JSON),
]


class Note(BaseModel):
    """A body."""

    text: Annotated[str, Field(min_length=1)]
    number: int = 0


class Asked(BaseModel):
    """A query."""

    text: Annotated[str, Field(max_length=5)] = ""
    limit: Annotated[int, Field(ge=1)] = 7
    urgent: bool | None = None


def routes(*, short: bool) -> APIRouter:
    """One route, with its shortcut or without."""
    router = APIRouter()

    async def write(note: Note, caller: AnyCaller, way: str = "framework") -> Response:
        return answered(note, caller, way)

    async def at_once(request: Request) -> Response | None:
        note = await json_body(request, Note)
        if note is None:
            return None
        return answered(note, await caller_of(request), "shortcut")

    async def read(note: str) -> Response:
        raise FAULTS[note]()

    async def read_at_once(request: Request) -> Response | None:
        note = request.path_params["note"]
        return await read(note) if note in FAULTS else None

    async def find(asked: Annotated[Asked, Query()], way: str = "framework") -> dict[str, Any]:
        return {**asked.model_dump(), "way": way}

    async def find_at_once(request: Request) -> Response | None:
        asked = plain_query(request, Asked)
        return None if asked is None else JSONResponse(await find(asked, "shortcut"))

    router.get("/v1/notes")(shortcut(find_at_once)(find) if short else find)
    router.get("/v1/notes/newest")(newest)
    router.post("/v1/notes")(shortcut(at_once)(write) if short else write)
    router.get("/v1/notes/{note}")(shortcut(read_at_once)(read) if short else read)
    return router


async def newest(request: Request) -> dict[str, str]:
    """Before a route whose shortcut knows nothing of it."""
    return dict(request.path_params)


def answered(note: Note, caller: Caller, way: str) -> Response:
    return JSONResponse({"text": note.text, "by": caller.subject, "way": way})


@pytest.fixture
async def clients(
    settings: ProcessSettings, keys: KeysInMemory
) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """With the shortcut, and without."""
    apps = [
        create_api(ApiDescription(title="t"), [routes(short=short)], settings=settings)
        for short in (True, False)
    ]
    for app in apps:
        app.state.access = keys
    assert apps[0].openapi() == apps[1].openapi()
    said = {"Authorization": "Bearer rgl_agent"}
    async with talking_to(apps[0], **said) as short, talking_to(apps[1], **said) as long:
        yield short, long


Clients = tuple[httpx.AsyncClient, httpx.AsyncClient]


async def test_what_is_right_takes_the_shortcut(clients: Clients) -> None:
    body = b'{"text": "\\u0434\\u0430", "number": 7}'
    short, long = [await each.post("/v1/notes", content=body, headers=JSON) for each in clients]
    assert short.json() == {**long.json(), "way": "shortcut"}
    assert long.json()["way"] == "framework"


async def test_json_that_says_more_of_itself_goes_the_frameworks_way(clients: Clients) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    answer = await clients[0].post("/v1/notes", content=b'{"text": "a"}', headers=headers)
    assert answer.json()["way"] == "framework"


@pytest.mark.parametrize(("body", "headers"), WRONG)
async def test_of_what_is_wrong_both_say_the_same(
    clients: Clients, body: bytes, headers: dict[str, str]
) -> None:
    said: list[dict[str, Any]] = []
    for client in clients:
        answer = await client.post("/v1/notes", content=body, headers=headers)
        said.append({**answer.json(), "request_id": None, "code": answer.status_code})
    assert said[0] == said[1]
    assert said[0]["code"] >= 400


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_a_shortcut_raises_is_the_same_problem(clients: Clients, fault: str) -> None:
    said = []
    for client in clients:
        answer = await client.get(f"/v1/notes/{fault}")
        kept = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
        kept.pop("content-length")
        assert answer.headers["x-request-id"] == answer.json()["request_id"]
        said.append((answer.status_code, kept, {**answer.json(), "request_id": None}))
    assert said[0] == said[1]


async def test_a_route_that_comes_first_is_asked_first_where_a_shortcut_leaves_it_alone(
    clients: Clients,
) -> None:
    answers = [await client.get("/v1/notes/newest") for client in clients]
    assert [answer.json() for answer in answers] == [{}, {}]
    told = (await clients[0].get("/metrics")).text
    assert 'http_route="/v1/notes/newest"' in told


async def test_another_method_is_told_which_ones_there_are(clients: Clients) -> None:
    said = [await client.delete("/v1/notes") for client in clients]
    assert [answer.status_code for answer in said] == [405, 405]
    assert said[0].headers["allow"] == said[1].headers["allow"]


@pytest.mark.parametrize("size", [1_000, 2_000_000])
async def test_the_limit_of_a_body_is_its_routes_own(clients: Clients, size: int) -> None:
    headers = {"Content-Type": "text/plain"}
    content = b"a" * size
    said = [await client.post("/v1/notes", content=content, headers=headers) for client in clients]
    assert said[0].status_code == said[1].status_code == (413 if size > 1_048_576 else 415)


@pytest.mark.parametrize(
    ("query", "way"),
    [
        ("", "shortcut"),
        ("limit=3&text=a%20+b&urgent=1", "shortcut"),
        ("text=&limit=%203", "shortcut"),
        ("limit=3&limit=4", "framework"),
        ("limit=3&more=1", "framework"),
        ("limit=0", None),
        ("limit=", None),
        ("urgent=maybe", None),
        ("text=abcdef&limit=x", None),
    ],
)
async def test_a_query_is_read_as_the_framework_reads_it(
    clients: Clients, query: str, way: str | None
) -> None:
    said = [(await client.get(f"/v1/notes?{query}")).json() for client in clients]
    assert said[0].pop("way", None) == way
    assert said[1].pop("way", None) == ("framework" if way else None)
    for each in said:
        each.pop("request_id", None)
    assert said[0] == said[1]
