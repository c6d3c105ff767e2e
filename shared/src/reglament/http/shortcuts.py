"""A way past the framework's dependencies, for the routes that are asked most.

What they cost is in docs/performance.md. The documents, and what is said of wrong input, stay the
framework's: a shortcut takes only what is right.
"""

import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reglament.http.faults import answer_fault
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


class Shortcuts:
    """ASGI, right behind the edge: asks a route's shortcut before the framework is asked.

    What a shortcut raises becomes the same answer as in the framework.
    """

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        """routes: all of the application; a shortcut must leave alone what an earlier one takes."""
        self._app = app
        self._known: dict[str, list[tuple[Route, Shortcut]]] = {}
        for route in routes:
            take = getattr(getattr(route, "endpoint", None), "shortcut", None)
            if isinstance(route, Route) and take is not None:
                for method in route.methods or ():
                    self._known.setdefault(method, []).append((route, take))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or pass it on as it came."""
        found = self._find(scope)
        if found is None:
            await self._app(scope, receive, send)
            return
        take, said = found
        scope.update(said)
        request = Request(scope, receive, send)
        try:
            response = await take(request)
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is a problem
            response = await answer_fault(request, fault)
        if response is not None:
            await response(scope, receive, send)
            return
        body = await request.body()
        for name in said:  # the framework looks for itself, and may find another route, or none
            del scope[name]
        await self._app(scope, _again(body, receive), send)

    def _find(self, scope: Scope) -> tuple[Shortcut, Scope] | None:
        """The shortcut, and what the framework's router would say in the scope."""
        for route, take in self._known.get(scope.get("method", ""), ()):
            match, said = route.matches(scope)
            if match is Match.FULL:
                return take, said
        return None


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


def plain_query(request: Request, model: type[M]) -> M | None:
    """The query as the model; None where it says a thing twice, or what the model does not take."""
    said = request.query_params.multi_items()
    values = dict(said)
    if len(values) < len(said) or not values.keys() <= model.model_fields.keys():
        return None
    try:
        return model.model_validate(values)
    except ValidationError:
        return None


def ticket_alone(request: Request) -> str | None:
    """The ticket of a path; None where it can be none, or where the query asks for more."""
    ticket: str = request.path_params["ticket"]
    is_plain = not request.scope["query_string"] and _TICKET.fullmatch(ticket)
    return ticket if is_plain else None
