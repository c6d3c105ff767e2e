"""The outermost layer of an API, as plain ASGI: request id, limits, metrics, no bare fault.

Everything below it may raise; what comes out is always a problem document.
"""

import logging
import math
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request

from reglament import metrics
from reglament.http.faults import problem_of
from reglament.http.limits import BODY_BYTES, EXTENSION, Rate, TokenBuckets, caller_key
from reglament.http.problems import Problem, problem_response
from reglament.ids import new_id

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
_ID = re.compile(rb"^[A-Za-z0-9._-]{1,64}$")
UNLIMITED = ("/livez", "/readyz", "/metrics")
log, LINES = structlog.get_logger(__name__), logging.getLogger(__name__)


class Exchange:
    """One request and its answer on the way out."""

    def __init__(self, scope: Any, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.status = 0
        self.is_stream = False
        self.extra: list[tuple[bytes, bytes]] = []
        self._receive, self._send = receive, send
        self._read = 0
        self.headers: dict[bytes, bytes] = dict(scope["headers"])

    def request_id(self) -> str:
        """The caller's X-Request-ID where it is fit to be logged, else a new one."""
        given = self.headers.get(b"x-request-id", b"")
        return given.decode() if _ID.match(given) else new_id()

    async def receive(self) -> Message:
        """The next part of the body; HTTP 413 as soon as there is too much of it."""
        limit = self._limit()
        said = self.headers.get(b"content-length", b"")
        if said.isdigit() and int(said) > limit:
            raise HTTPException(413, f"up to {limit} bytes are taken")
        message = await self._receive()
        self._read += len(message.get("body", b""))
        if self._read > limit:
            raise HTTPException(413, f"up to {limit} bytes are taken")
        return message

    async def send(self, message: Message) -> None:
        """Pass on the answer, with what the edge adds to its headers."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [*message.get("headers", ()), *self.extra]
            for name, value in headers:
                if name == b"content-type":
                    self.is_stream = value.startswith(b"text/event-stream")
            message = {**message, "headers": headers}
        await self._send(message)

    def _limit(self) -> int:
        """Of the route, which is known by the time its body is read."""
        extra = getattr(self._route(), "openapi_extra", None) or {}
        return int(extra.get(EXTENSION, BODY_BYTES))

    def _route(self) -> Any:
        included = self.scope.get("fastapi", {}).get("effective_route_context")
        return included or self.scope.get("route")

    @property
    def route(self) -> str:
        """The route's template, never the path; `unmatched` for none."""
        return getattr(self._route(), "path", None) or "unmatched"


class Edge:
    """ASGI: wraps the whole application."""

    def __init__(self, app: Any, rate: Rate) -> None:
        self._app = app
        self._buckets = TokenBuckets(rate)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve one request; never raises for an HTTP request but when it was cancelled."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange, began = Exchange(scope, receive, send), time.perf_counter()
        request_id = exchange.request_id()
        scope.setdefault("state", {})["request_id"] = request_id
        exchange.extra.append((b"x-request-id", request_id.encode()))
        metrics.HTTP_ACTIVE.inc()
        bound = structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self._serve(exchange)
        finally:
            structlog.contextvars.reset_contextvars(**bound)
            metrics.HTTP_ACTIVE.dec()
            _measure(exchange, time.perf_counter() - began)

    async def _serve(self, exchange: Exchange) -> None:
        problem = self._refusal(exchange)
        if problem is None:
            try:
                await self._app(exchange.scope, exchange.receive, exchange.send)
            except Exception as fault:
                problem = problem_of(Request(exchange.scope), fault)
                if exchange.status:
                    raise
        if problem is not None:
            response = problem_response(Request(exchange.scope), problem)
            await response(exchange.scope, exchange.receive, exchange.send)

    def _refusal(self, exchange: Exchange) -> Problem | None:
        """What is refused before anyone looks at it."""
        scope = exchange.scope
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            return Problem(slug="malformed-request", detail="NUL is no text")
        if scope["path"] in UNLIMITED:
            return None
        allowance = self._buckets.take(caller_key(scope))
        if allowance.allowed:
            return None
        metrics.HTTP_LIMITED.inc()
        wait, rate = math.ceil(allowance.wait), self._buckets.rate
        window = math.ceil(rate.burst / rate.per_second)
        headers = {
            "Retry-After": str(wait),
            "RateLimit-Policy": f'"default";q={int(rate.burst)};w={window}',
            "RateLimit": f'"default";r={allowance.remaining};t={wait}',
        }
        return Problem(slug="too-many-requests", headers=headers)


def _measure(exchange: Exchange, seconds: float) -> None:
    scope = exchange.scope
    if exchange.is_stream or scope["path"] in UNLIMITED:
        return
    status = str(exchange.status or 499)
    method = scope["method"] if scope["method"] in METHODS else "_OTHER"
    _duration(exchange.route, method, status).observe(seconds, metrics.exemplar())
    if LINES.isEnabledFor(logging.DEBUG):  # what is not written costs as much as a look-up
        log.debug("request", method=method, route=exchange.route, status=status, seconds=seconds)


@lru_cache(maxsize=4096)
def _duration(route: str, method: str, status: str) -> Any:
    """The series of a route's answers: to look it up costs more than to count."""
    return metrics.HTTP_DURATION.labels(route, method, status)


METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
