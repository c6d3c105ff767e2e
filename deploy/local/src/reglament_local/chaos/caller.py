"""A client that repeats a command under the same key until it knows what became of it."""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from reglament_local.chaos.journal import Answered, Journal

Json = dict[str, Any]
ATTEMPT_SECONDS = 4.0
AGAIN_SECONDS = 0.25
# What a repetition may change: the outcome is unknown, or the service is not there yet.
PASSING = frozenset((408, 425, 429, 500, 502, 503, 504))
UNHEARD = 404  # escalation hears of a ticket over Kafka
MOST_UNHEARD = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One POST. what: the event it makes, see Answered; patient: a 404 may pass by itself."""

    what: str
    service: str
    desk: str
    path: str
    body: Json
    role: str = "agent"
    patient: bool = False


@dataclass(slots=True, kw_only=True)
class Caller:
    """One client of the API. name: of its commands' keys; urls: of each service's replicas.

    It stays with a replica until that fails it, as behind a balancer; first: which it begins with;
    seconds: how long it waits for an answer.
    """

    name: str
    http: httpx.AsyncClient
    urls: Mapping[str, Sequence[str]]
    keys: Mapping[str, Mapping[str, str]]
    journal: Journal
    first: int = 0
    seconds: float = ATTEMPT_SECONDS
    _number: "itertools.count[int]" = field(default_factory=itertools.count)
    _chosen: dict[str, int] = field(default_factory=dict)

    async def say(self, command: Command) -> tuple[int, Json]:
        """The final answer: status and document. Repeats as long as it must."""
        identifier = f"{self.name}-{next(self._number)}"
        self.journal.ask(identifier, f"{command.what} {command.path}")
        for attempt in itertools.count(1):
            response = await self._try(command, identifier)
            if response is not None and not self._passes(response, command, attempt):
                document = response.json() if response.content else {}
                self.journal.answer(self._answered(command, identifier, response, attempt))
                return response.status_code, document
            await asyncio.sleep(AGAIN_SECONDS)
        raise AssertionError("not reached")

    async def get(self, service: str, desk: str, path: str) -> Json | None:
        """A read by the desk's agent; None: not now."""
        response = await self._request("GET", service, path, self._key(desk, "agent"))
        if response is None or response.status_code != httpx.codes.OK:
            return None
        return dict(response.json())

    def _passes(self, response: httpx.Response, command: Command, attempt: int) -> bool:
        status = response.status_code
        if status in PASSING:
            detail = response.text[:300] if status == httpx.codes.INTERNAL_SERVER_ERROR else ""
            self.journal.fault(str(status), detail)
            return True
        return status == UNHEARD and command.patient and attempt < MOST_UNHEARD

    async def _try(self, command: Command, identifier: str) -> httpx.Response | None:
        key = self._key(command.desk, command.role)
        more = {"Idempotency-Key": f'"{identifier}"', "X-Request-ID": identifier}
        return await self._request("POST", command.service, command.path, key, command.body, more)

    async def _request(
        self,
        method: str,
        service: str,
        path: str,
        key: str,
        body: Json | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response | None:
        """From the chosen replica of the service; None: the connection failed."""
        replicas = self.urls[service]
        chosen = self._chosen.setdefault(service, self.first % len(replicas))
        url = f"{replicas[chosen]}/v1{path}"
        whole = {"Authorization": f"Bearer {key}", **(headers or {})}
        try:
            return await self.http.request(
                method, url, json=body, headers=whole, timeout=self.seconds
            )
        except httpx.TransportError as fault:
            self.journal.fault(type(fault).__name__)
            if self._chosen[service] == chosen:  # or another request has left it already
                self._chosen[service] = (chosen + 1) % len(replicas)
            return None

    def _key(self, desk: str, role: str) -> str:
        return self.keys[desk][role]

    def _answered(
        self, command: Command, identifier: str, response: httpx.Response, attempts: int
    ) -> Answered:
        document = response.json() if response.content and response.is_success else {}
        return Answered(
            id=identifier,
            what=command.what if response.status_code != httpx.codes.NO_CONTENT else "",
            source=f"/reglament/{command.service.replace('_', '-')}",
            desk=command.desk,
            status=response.status_code,
            ticket=document.get("id", ""),
            version=document.get("version", 0),
            number=document.get("number", ""),
            attempts=attempts,
        )
