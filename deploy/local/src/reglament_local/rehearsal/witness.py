"""What the clients saw: every request, how long its answer took, and each that failed."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx


@dataclass(slots=True)
class Seen:
    """failures: kind -> how often: a 5xx, a 429, a connection that was refused or broke.

    longest: the longest wait for an answer, in seconds; silence: the longest time in which a
    service answered nobody, in seconds, by service; late: by how much these clients themselves
    came late to their turn: a machine that has too much to do, and no pause of a service.
    """

    requests: int = 0
    longest: float = 0.0
    failures: Counter[str] = field(default_factory=Counter)
    silence: dict[str, float] = field(default_factory=dict)
    late: float = 0.0


class Witness(httpx.AsyncBaseTransport):
    """A transport that looks on. An answer counts when all of its body is there."""

    def __init__(self, seen: Seen, inner: httpx.AsyncBaseTransport) -> None:
        self._seen, self._inner = seen, inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """As `inner` does it."""
        began = time.monotonic()
        self._seen.requests += 1
        try:
            response = await self._inner.handle_async_request(request)
            await response.aread()
        except httpx.TransportError as fault:
            self._fail(type(fault).__name__, request)
            raise
        self._seen.longest = max(self._seen.longest, time.monotonic() - began)
        if response.is_server_error or response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            self._fail(str(response.status_code), request)
        return response

    def _fail(self, what: str, request: httpx.Request) -> None:
        self._seen.failures[f"{what} {request.method} {request.url.path}"] += 1

    async def aclose(self) -> None:
        """Closes `inner`."""
        await self._inner.aclose()


BEAT_SECONDS = 0.1
READS: Mapping[str, str] = {
    "intake": "/v1/tickets?desk={desk}&limit=1",
    "sla-clock": "/v1/desks/{desk}/sla",
    "escalation": "/v1/desks/{desk}/queue",
    "notifier": "/v1/subscriptions?desk={desk}",
}


@dataclass(slots=True, kw_only=True)
class Pulse:
    """A read of every service all the time, so that a pause of any shows, however short."""

    http: httpx.AsyncClient
    url: str
    desk: str
    key: str
    seen: Seen

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """As long as the block."""
        beats = [asyncio.create_task(self._beat(name, path)) for name, path in READS.items()]
        try:
            yield
        finally:
            for beat in beats:
                beat.cancel()
            ended = await asyncio.gather(*beats, return_exceptions=True)
        for fault in ended:
            if isinstance(fault, Exception):
                raise fault

    async def _beat(self, service: str, path: str) -> None:
        url = f"{self.url}{path.format(desk=self.desk)}"
        last = time.monotonic()
        while True:
            try:
                answer = await self.http.get(
                    url, headers={"Authorization": f"Bearer {self.key}"}, timeout=30
                )
            except httpx.TransportError:
                continue  # the witness has it
            if answer.is_success:
                now = time.monotonic()
                self.seen.silence[service] = max(self.seen.silence.get(service, 0.0), now - last)
                last = now
            elif not answer.is_server_error:
                self.seen.failures[f"{answer.status_code} GET {path}"] += 1
            asleep = time.monotonic()
            await asyncio.sleep(BEAT_SECONDS)
            self.seen.late = max(self.seen.late, time.monotonic() - asleep - BEAT_SECONDS)
