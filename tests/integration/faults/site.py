"""intake's process over servers that may be harmed, and clients who insist on their answer."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx

from intake.app import create_app
from intake.settings import Settings
from reglament.runtime import Runtime
from reglament_local.chaos.proxy import Proxy
from reglament_local.chaos.resident import Resident
from reglament_local.parts import Part
from reglament_local.ports import free_ports
from reglament_local.stack import Stack, stack_from
from tests.integration.intake.conftest import POLICY, request

OPENED = "SELECT subject FROM events WHERE type = 'TicketOpened'"
ADMIN = {"Authorization": "Bearer admin"}


def stack_in(folder: Path) -> Stack:
    """A stack's folders and free ports; nothing runs yet. What it commits is on the disk."""
    environ = os.environ | free_ports() | {"REGLAMENT_RUN": str(folder)}
    return stack_from(environ | {"REGLAMENT_DURABLE": "1"})


@asynccontextmanager
async def resident(stack: Stack, part: Part) -> AsyncIterator[Resident]:
    """A server that is started again when it dies, unless it is held."""
    stack.places.logs.mkdir(parents=True, exist_ok=True)
    server = Resident(part, stack.places.logs)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def through(dsn: str, proxy: Proxy) -> str:
    """The same database by way of the proxy."""
    at = urlsplit(dsn)
    return at._replace(netloc=f"{at.netloc.rpartition('@')[0]}@{proxy.address}").geturl()


def behind(dsn: str) -> Proxy:
    """A proxy before that server."""
    at = urlsplit(dsn)
    return Proxy((at.hostname or "", at.port or 0))


@dataclass(slots=True, kw_only=True)
class Site:
    """One process of intake."""

    client: httpx.AsyncClient
    runtime: Runtime

    async def open(self, key: str, caller: str, **changes: Any) -> httpx.Response:
        """The request of that Idempotency-Key; a requester each, so that none is a duplicate."""
        body = request(requester={"name": "Ann", "email": f"{key}@clients.example"}, **changes)
        headers = {"Authorization": f"Bearer {caller}", "Idempotency-Key": f'"{key}"'}
        return await self.client.post("/v1/desks/north/tickets", json=body, headers=headers)

    async def subjects(self) -> list[str]:
        """The tickets that were opened, by a connection of its own: in the process's pool one may
        still lie that broke while it was idle.
        """
        connection = await asyncpg.connect(self.runtime.settings.database)
        try:
            return [row["subject"] for row in await connection.fetch(OPENED)]
        finally:
            await connection.close()


@asynccontextmanager
async def intake_site(dsn: str, **settings: Any) -> AsyncIterator[Site]:
    """intake's process in this one; its api alone unless `settings` say otherwise."""
    said = {"database": dsn, "kafka": "127.0.0.1:1", "roles": {"api"}, "shutdown_seconds": 5}
    secrets = {"secret": "secret-of-thirty-two-bytes-or-more", "admin_key": "admin"}
    app = create_app(Settings.model_validate({**said, **secrets, **settings}))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://intake") as client:
            yield Site(client=client, runtime=app.state.runtime)


async def published(site: Site) -> str:
    """The desk's rules are there; the key of a caller who may open tickets."""
    answer = await site.client.put("/v1/desks/north/policy", json=POLICY, headers=ADMIN)
    assert answer.is_success, answer.text
    said = {"role": "integrator", "desk": "north", "subject": "crm"}
    answer = await site.client.post("/v1/keys", json=said, headers=ADMIN)
    return str(answer.json()["key"])


@dataclass(slots=True, kw_only=True)
class Clients:
    """Ask under a key until answered; what was answered first must be answered ever after."""

    caller: str
    site: Site
    answered: dict[str, str] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    last_at: float = 0.0

    async def insist(self, key: str) -> None:
        """Until 201. Anything but a 503 that says when to come again is a failure."""
        while True:
            answer = await self.site.open(key, self.caller)
            self.statuses[answer.status_code] += 1
            if answer.status_code == 201:
                break
            assert answer.status_code == 503, answer.text
            assert answer.headers["Retry-After"].isdigit()
            await asyncio.sleep(0.1)
        self.last_at = time.monotonic()
        number = str(answer.json()["number"])
        assert self.answered.setdefault(key, number) == number

    @asynccontextmanager
    async def at_work(self, many: int = 6) -> AsyncIterator[None]:
        """So many of them inside the block; at its end each gets its last answer."""

        async def work(name: int) -> None:
            count = 0
            while not self.stopping.is_set():
                await self.insist(f"k{name}-{(count := count + 1)}")

        self.stopping.clear()
        tasks = [asyncio.create_task(work(name)) for name in range(many)]
        try:
            yield
        finally:
            self.stopping.set()
            await asyncio.gather(*tasks)

    async def all_again(self) -> None:
        """Every key once more, and no ticket besides."""
        for key in list(self.answered):
            await self.insist(key)
        numbers = sorted(int(number.rpartition("-")[2]) for number in self.answered.values())
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(await self.site.subjects()) == len(numbers)
