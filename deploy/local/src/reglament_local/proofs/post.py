"""A mail server, PostgreSQL and intake of a letters' proof's own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiosmtplib
import asyncpg
import httpx

from reglament_local.ports import free_ports
from reglament_local.proofs.apart import KEY, await_that, process, servers

ADDRESS = "support@acme.example"
SENDER = "ann@x.example"
PATIENCE_SECONDS = 900.0
POLICY: dict[str, Any] = {
    "desk": "any",
    "name": "Any",
    "time_zone": "Europe/Moscow",
    "number": "ANY-{sequence:06d}",
    "mailbox": {"address": ADDRESS, "secret": "ANY_MAILBOX", "limit_per_sender": "999999/h"},
    "calendars": {"always": {"hours": "24x7"}},
    "channels": {"email": {"accept": "always"}},
    "scope": "open",
    "notifications": {"limit_per_desk": "999999/h", "limit_unproven": []},
}


@dataclass(slots=True, kw_only=True)
class PostOffice:
    """Where letters are handed in, and the database in which their fate is read."""

    smtp: str
    lmtp: str
    database: Any
    environ: Mapping[str, str]
    url: str
    folder: Path

    async def deliver(self, letters: Sequence[bytes], by: str | None = None) -> None:
        """By SMTP into the desk's mailbox, over one connection."""
        host, _, port = (by or self.smtp).rpartition(":")
        async with aiosmtplib.SMTP(hostname=host, port=int(port), timeout=60) as client:
            for raw in letters:
                await client.sendmail(SENDER, [ADDRESS], raw)

    async def count(self, what: str) -> int:
        """How many letters are so."""
        return int(await self.database.fetchval(f"SELECT count(*) FROM letters WHERE {what}"))  # noqa: S608

    async def settled(self, count: int) -> None:
        """Until so many letters have their outcome. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self.count("outcome IS NOT NULL") < count:  # noqa: ASYNC110 - another's table
                await asyncio.sleep(0.2)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Any]:
        """intake inside the block; killed at its end, in the midst of whatever it does."""
        log = self.folder / "intake.log"
        command = [sys.executable, "-m", "intake"]
        with process(command, self.environ, log) as child:
            await asyncio.to_thread(await_that, self._answers, child, log)
            try:
                yield child
            finally:
                child.kill()

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", trust_env=False).is_success
        except httpx.TransportError:
            return False

    async def publish(self) -> None:
        """The desk's rules."""
        headers = {"Authorization": f"Bearer {KEY}"}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, trust_env=False) as client:
            answer = await client.put("/v1/desks/any/policy", json=POLICY)
            answer.raise_for_status()


@asynccontextmanager
async def post_office() -> AsyncIterator[PostOffice]:
    """Servers up, an empty database; intake is not running."""
    async with AsyncExitStack() as stack:
        found, folder = stack.enter_context(servers("postgres,greenmail"))
        admin = await asyncpg.connect(found["postgres"])
        await admin.execute("CREATE DATABASE letters")
        await admin.close()
        dsn = f"{found['postgres'].rpartition('/')[0]}/letters"
        ports = free_ports()
        lmtp = f"127.0.0.1:{ports['NOTIFIER_PORT']}"
        given = {
            "PORT": str(ports["INTAKE_PORT"]),
            "DATABASE": dsn,
            "KAFKA": "127.0.0.1:1",
            "ROLES": '["api", "mail"]',
            "SECRET": "s" * 32,
            "ADMIN_KEY": KEY,
            "IMAP": found["imap"],
            "LMTP": lmtp,
            "AUTHSERV_IDS": '["mx.acme.example"]',
        }
        environ = {**os.environ, **{f"INTAKE_{name}": value for name, value in given.items()}}
        database = await asyncpg.create_pool(dsn, min_size=1, max_size=2)
        stack.push_async_callback(database.close)
        yield PostOffice(
            smtp=found["smtp"],
            lmtp=lmtp,
            database=database,
            environ=environ,
            url=f"http://127.0.0.1:{ports['INTAKE_PORT']}",
            folder=folder,
        )
