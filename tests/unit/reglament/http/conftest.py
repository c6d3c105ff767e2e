"""An API made as the services make theirs, with keys in memory instead of a table."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from reglament.access import Grant
from reglament.errors import Conflict, KeyReused, NotFound, Refused, Violation
from reglament.eventstore.store import Appended, IdempotencyKey
from reglament.http.app import ApiDescription, create_api
from reglament.http.auth import AgentCaller, AnyCaller, DeskCaller
from reglament.http.etags import Expected, etag, not_modified
from reglament.http.idempotency import RequestContext, answer_json, replay, respond
from reglament.http.limits import WITH_ATTACHMENTS, Rate
from reglament.http.paging import Cursor, Page
from reglament.http.parameters import DeskName, TicketId
from reglament.settings import ProcessSettings

SECRET = "a secret of the tests, long enough for HMAC"  # noqa: S105
ADMIN = "the admin's own key"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
FAULTS: dict[str, Callable[[], Exception]] = {
    "refused": lambda: Refused([Violation(rule="REM-05", field="inn", detail="missing")]),
    "own-kind": lambda: Refused([Violation(rule="x")], "split-refused"),
    "conflict": lambda: Conflict("ticket/1", 3, 5),
    "not-found": lambda: NotFound("ticket", "1"),
    "key-reused": lambda: KeyReused("k"),
    "timeout": lambda: TimeoutError("database"),
    "surprise": lambda: RuntimeError("secret words"),
}


class Note(BaseModel):
    """A body."""

    text: str
    number: int = 0
    more: dict[str, Any] = {}


class KeysInMemory:
    """Grants by token."""

    def __init__(self) -> None:
        self.grants: dict[str, Grant] = {}

    async def find(self, token: str) -> Grant | None:
        """The grant."""
        return self.grants.get(token)


class AnswersInMemory:
    """First answers."""

    def __init__(self) -> None:
        self.first: dict[tuple[str, str], tuple[bytes, Appended]] = {}

    async def answered(self, key: IdempotencyKey) -> Appended | None:
        """As the store does."""
        body_hash, appended = self.first.get((key.scope, key.key), (key.body_hash, None))
        if body_hash != key.body_hash:
            raise KeyReused(key.key)
        return appended


def routes() -> APIRouter:
    """One route of each sort."""
    router = APIRouter(prefix="/v1", tags=["notes"])
    store = AnswersInMemory()

    @router.post("/notes", status_code=201, summary="Write a note")
    async def write_note(note: Note, caller: DeskCaller, context: RequestContext) -> Response:
        """Counts how often it ran."""
        first = await replay(store, context)
        if first is not None:
            return first
        answer = answer_json({"n": len(store.first), "more": note.more}, 201, (("ETag", '"1"'),))
        if context.idempotency is not None:
            key = context.idempotency
            store.first[key.scope, key.key] = key.body_hash, Appended(answer=answer)
        return respond(answer)

    @router.post("/files", openapi_extra=dict(WITH_ATTACHMENTS), summary="Send a file")
    async def send_file(request: Request) -> int:
        """The size of the body."""
        return len(await request.body())

    @router.get("/desks/{desk}/tickets/{ticket}", summary="Read a ticket")
    async def read_ticket(
        desk: DeskName, ticket: TicketId, request: Request, caller: AnyCaller
    ) -> Response:
        """A ticket of requester r1."""
        caller.check_ticket(ticket, desk, "r1")
        tag = etag(7, 3)
        return not_modified(request, tag) or Response(status_code=204, headers={"ETag": tag})

    @router.put("/desks/{desk}", summary="Change a desk")
    async def change_desk(desk: DeskName, caller: AgentCaller, expected: Expected) -> Any:
        """What was expected."""
        caller.check_desk(desk)
        return {"expected": expected, "subject": caller.subject, "kind": caller.kind}

    add_lists_and_faults(router)
    return router


def add_lists_and_faults(router: APIRouter) -> None:
    """Routes that need no key."""

    @router.get("/numbers", summary="List numbers")
    async def list_numbers(page: Page, q: Annotated[str, Query()] = "") -> Response:
        """Ten numbers, newest first."""
        numbers = range(10, 0, -1)
        start = int(page.after.id) if page.after else 11
        rows = [number for number in numbers if number < start][: page.fetch]
        return page.answer(rows, lambda n: Cursor(at=NOON + timedelta(n), id=str(n)))

    @router.post("/faults/{name}", summary="Fail")
    async def fail(name: str) -> None:
        """Raise."""
        raise FAULTS[name]()


@pytest.fixture
def settings() -> ProcessSettings:
    """Of a process that has no servers."""
    return ProcessSettings.model_validate(
        {"port": 1, "database": "", "kafka": "", "secret": SECRET, "admin_key": ADMIN}
    )


@pytest.fixture
def keys() -> KeysInMemory:
    """The keys that the API knows."""
    known = KeysInMemory()
    for role in ("requester", "integrator", "agent"):
        subject = "r1" if role == "requester" else f"{role}-1"
        known.grants[f"rgl_{role}"] = Grant(key=f"k-{role}", role=role, desk="inn", subject=subject)
    return known


@pytest.fixture
def app(settings: ProcessSettings, keys: KeysInMemory) -> FastAPI:
    """The application."""
    about = ApiDescription(title="Notes", tags={"notes": "Notes."})
    api = create_api(about, [routes()], settings=settings, rate=Rate(per_second=1000, burst=1000))
    api.state.access = keys
    return api


@asynccontextmanager
async def talking_to(app: FastAPI, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the app; a fault that gets out of it fails the test."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://api", headers=headers
    ) as client:
        yield client


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client with an agent's key."""
    async with talking_to(app, Authorization="Bearer rgl_agent") as talking:
        yield talking
