"""A way past the framework's dependencies, for the routes that are asked most.

What they cost is in docs/performance.md. The documents, and what is said of wrong input, stay the
framework's: a shortcut takes only what is right.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reglament.http.parameters import UUID_PATTERN
from reglament.http.texts import is_suspect

Shortcut = Callable[[Request], Awaitable[Response | None]]
F = TypeVar("F", bound=Callable[..., Any])
M = TypeVar("M", bound=BaseModel)
_TICKET = re.compile(UUID_PATTERN)


def shortcut(take: Shortcut) -> Callable[[F], F]:
    """Of a route's function: `take` answers a request that is right in all its parts.

    Where it gives None the framework reads the request, and says what is wrong. Raises as the
    function itself.
    """

    def mark(endpoint: F) -> F:
        endpoint.shortcut = take  # type: ignore[attr-defined]
        return endpoint

    return mark


def shortened(endpoint: Callable[..., Any], whole: ASGIApp) -> ASGIApp:
    """The route of an endpoint with its shortcut, if it has one. whole: the framework's way."""
    take: Shortcut | None = getattr(endpoint, "shortcut", None)
    if take is None:
        return whole

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        response = await take(request)
        if response is None:
            await whole(scope, _again(await request.body(), receive), send)
        else:
            await response(scope, receive, send)

    return app


def _again(body: bytes, receive: Receive) -> Receive:
    """The body that was read, then what comes after it."""
    read: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return read.pop() if read else await receive()

    return receive_again


async def json_body(request: Request, model: type[M]) -> M | None:
    """The body as the model; None where it is no JSON, or not what the model takes."""
    if request.headers.get("content-type") != "application/json":
        return None
    body = await request.body()
    if is_suspect(body):
        return None
    try:
        return model.model_validate_json(body)
    except ValidationError:
        return None


def ticket_alone(request: Request) -> str | None:
    """The ticket of a path; None where it can be none, or where the query asks for more."""
    ticket: str = request.path_params["ticket"]
    is_plain = not request.scope["query_string"] and _TICKET.fullmatch(ticket)
    return ticket if is_plain else None
