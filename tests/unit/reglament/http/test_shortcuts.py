"""A shortcut answers what is right; of what is wrong the framework says what it always said."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from reglament.http.app import ApiDescription, create_api
from reglament.http.auth import AnyCaller, Caller, caller_of
from reglament.http.shortcuts import json_body, shortcut
from reglament.settings import ProcessSettings
from tests.unit.reglament.http.conftest import KeysInMemory, talking_to

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

    router.post("/v1/notes")(shortcut(at_once)(write) if short else write)
    return router


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
