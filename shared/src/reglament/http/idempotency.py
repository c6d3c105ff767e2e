"""Idempotency-Key: the same key and body give the first answer again (contract, REST)."""

import hashlib
import re
from datetime import datetime
from typing import Annotated, Any, Protocol

import msgspec
from fastapi import Depends, Header
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from reglament import clock
from reglament.eventstore.store import Answer, Appended, Context, IdempotencyKey
from reglament.http.auth import AnyCaller
from reglament.telemetry import current_traceparent

_KEY = re.compile(r'^(?:"([\x20-\x21\x23-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255}))$')


async def command_context(
    request: Request,
    caller: AnyCaller,
    # Not `key`: a route may have that in its path.
    said: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="the same key with the same body gives the first answer again",
        ),
    ] = None,
) -> Context:
    """Where the command comes from: time, trace, request id, Idempotency-Key of this caller."""
    idempotency = None
    if said is not None:
        match = _KEY.match(said.strip())
        if match is None:
            raise HTTPException(400, "Idempotency-Key: 1 to 255 printable ASCII characters")
        idempotency = IdempotencyKey(
            scope=f"{caller.identity} {request.method} {request.url.path}",
            key=match[1] or match[2],
            body_hash=hashlib.sha256(await request.body()).digest(),
        )
    request.state.idempotency = idempotency
    return Context(
        recorded_at=clock.now(),
        correlation_id=request.scope.get("state", {}).get("request_id"),
        traceparent=current_traceparent(),
        idempotency=idempotency,
    )


RequestContext = Annotated[Context, Depends(command_context)]


class Remembers(Protocol):
    """A store that knows its first answers."""

    async def answered(self, key: IdempotencyKey) -> Appended | None:
        """The first answer to that key. Raises KeyReused."""
        ...


class Settles(Protocol):
    """A store that is told an answer which came with no events."""

    async def remember(self, key: IdempotencyKey, answer: Answer, at: datetime) -> Appended:
        """Make it the first answer, unless there is one. Raises KeyReused."""
        ...


def answer_json(
    document: Any, status: int = 200, headers: tuple[tuple[str, str], ...] = ()
) -> Answer:
    """An Answer to be stored with the events; `document` is anything msgspec encodes."""
    return Answer(status=status, body=msgspec.json.encode(document), headers=headers)


def respond(answer: Answer, *, replayed: bool = False) -> Response:
    """A stored answer as it was first given."""
    response = Response(answer.body, answer.status, media_type="application/json")
    for name, value in answer.headers:
        response.headers[name] = value
    if replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response


async def replay(store: Remembers, context: Context) -> Response | None:
    """The first answer where this request was carried out already; else None: carry it out.

    Ask before deciding: what was true then may be refused now. Raises KeyReused.
    """
    if context.idempotency is None:
        return None
    first = await store.answered(context.idempotency)
    if first is None or first.answer is None:
        return None
    return respond(first.answer, replayed=True)


async def settled(request: Request, refusal: Response) -> Response:
    """The first answer under the request's key, which a refusal becomes where there is none.

    An attempt of the same request may still be on its way, its connection lost: what was refused
    here must not be carried out there afterwards. Raises KeyReused, Unavailable.
    """
    key: IdempotencyKey | None = getattr(request.state, "idempotency", None)
    if key is None:
        return refusal
    kind = (("Content-Type", refusal.media_type or ""), ("Cache-Control", "no-store"))
    said = Answer(status=refusal.status_code, body=bytes(refusal.body), headers=kind)
    store: Settles = request.app.state.runtime.store
    first = await store.remember(key, said, clock.now())
    if first.answer is None or first.answer.body == said.body:
        return refusal
    return respond(first.answer, replayed=True)


async def settled_empty(request: Request) -> Response:
    """204, or what was answered first under the request's key, as `settled`."""
    return await settled(request, Response(status_code=204))
