"""The mixed load of a run: clients and correspondents, at work until told to stop."""

import asyncio
import base64
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from reglament_local.chaos import desk as own
from reglament_local.chaos.caller import ATTEMPT_SECONDS, Caller
from reglament_local.chaos.correspondents import Correspondent
from reglament_local.chaos.journal import Journal
from reglament_local.chaos.stories import ENGINEERS, Client, engineer
from reglament_local.demo.letters import Post

CLIENTS, CORRESPONDENTS = 5, 2
LIMITS = httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=2)
PAUSE_SECONDS = 1.5
LAST_ANSWER_SECONDS = 120.0
# What a subscriber of our own desk's is told by webhook.
TOLD = ("TicketOpened", "ClockBreached", "Escalated")


@dataclass(slots=True, kw_only=True)
class Load:
    """keys: desk -> role -> key; urls: import name -> base URLs of the replicas.

    pause, seconds: the clients' between two requests, and how long they wait for an answer.
    """

    http: httpx.AsyncClient
    urls: dict[str, list[str]]
    keys: dict[str, dict[str, str]]
    admin: str
    post: Post
    journal: Journal
    seed: int
    pause: float = PAUSE_SECONDS
    seconds: float = ATTEMPT_SECONDS
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def caller(self, name: str, first: int = 0) -> Caller:
        """A client of that name; first: the replica it begins with."""
        return Caller(
            name=name,
            http=self.http,
            urls=self.urls,
            keys=self.keys,
            journal=self.journal,
            first=first,
            seconds=self.seconds,
        )

    async def hire(self) -> None:
        """An engineer a level of each desk that has any."""
        for desk, levels in ENGINEERS.items():
            for level in levels:
                identifier = engineer(desk, level)
                answer = await self.http.put(
                    f"{self.urls['escalation'][0]}/v1/desks/{desk}/engineers/{identifier}",
                    json=_engineer(identifier, level),
                    headers={"Authorization": f"Bearer {self.admin}"},
                    timeout=20,
                )
                answer.raise_for_status()

    async def subscribe(self, url: str) -> None:
        """A webhook of our own desk's events TOLD, to `url`."""
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
        answer = await self.http.post(
            f"{self.urls['notifier'][0]}/v1/subscriptions",
            json={"url": url, "desk": own.NAME, "types": TOLD, "secret": secret},
            headers={"Authorization": f"Bearer {self.keys[own.NAME]['integrator']}"},
            timeout=20,
        )
        answer.raise_for_status()

    @asynccontextmanager
    async def going(self) -> AsyncIterator[None]:
        """Everybody is at work inside the block; at its end each finishes what it has begun.

        What is still unanswered after LAST_ANSWER_SECONDS stays in the journal as asked.
        """
        workers = [asyncio.create_task(worker.run()) for worker in self._workers()]
        seconds = 0.0
        try:
            yield
            seconds = LAST_ANSWER_SECONDS
        finally:
            self.stopping.set()
            done, late = await asyncio.wait(workers, timeout=seconds)
            for worker in late:
                worker.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for worker in done:
            if fault := worker.exception():  # a client of ours is gone: less load, and no more
                self.journal.fault("client-died", repr(fault))

    def _workers(self) -> list[Client | Correspondent]:
        clients: list[Client | Correspondent] = [
            Client(
                caller=self.caller(f"c{number}", number),
                rng=random.Random(f"{self.seed}/client/{number}"),  # noqa: S311 - repeatable
                stopping=self.stopping,
                pause=self.pause,
            )
            for number in range(CLIENTS)
        ]
        return clients + [
            Correspondent(
                name=f"m{number}",
                post=self.post,
                journal=self.journal,
                rng=random.Random(f"{self.seed}/letters/{number}"),  # noqa: S311
                stopping=self.stopping,
                pause=4 * self.pause,
            )
            for number in range(CORRESPONDENTS)
        ]


def _engineer(identifier: str, level: str) -> dict[str, Any]:
    return {
        "name": identifier.title(),
        "email": f"{identifier}@engineers.example",
        "locale": "en",
        "active": True,
        "level": level,
        "languages": ["ru", "en"],
        "qualifications": ["procedures", "exam_l2", "exam_l3"],
        "departments": [],
        "since": "2020-01-15",
    }
