"""A burst of letters while the process is killed again and again: one outcome each, none lost."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiosmtplib
import asyncpg
import httpx
import pytest

from reglament.ids import new_id
from tests.integration.intake.channels.mail.postoffice import POLICY
from tests.support.eventually import eventually
from tests.support.stack import Databases, Mail
from tests.unit.intake.channels.mail.letters import raw_letter

pytestmark = pytest.mark.integration
LETTERS, KILLS = 60, 3


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@asynccontextmanager
async def process(environ: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m intake`, killed at the end, whatever it is doing."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "intake"), env=environ, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        yield child
    finally:
        child.kill()
        await child.wait()


async def deliver(mail: Mail, to: str, first: int, last: int) -> None:
    host, _, port = mail.smtp.rpartition(":")
    async with aiosmtplib.SMTP(hostname=host, port=int(port)) as client:
        for n in range(first, last):
            raw = raw_letter(f"Version: {n}", {"Message-ID": f"<{n}@customer.example>"})
            await client.sendmail("ann@customer.example", [to], raw)


def environ_of(mail: Mail, dsn: str, port: int) -> dict[str, str]:
    given = {
        "PORT": str(port),
        "DATABASE": dsn,
        "KAFKA": "127.0.0.1:1",
        "ROLES": '["api", "mail"]',
        "SECRET": "s" * 32,
        "ADMIN_KEY": "admin",
        "IMAP": mail.imap,
    }
    return {**os.environ, **{f"INTAKE_{name}": value for name, value in given.items()}}


async def publish(port: int, address: str) -> None:
    """Publish the desk's rules as soon as the process answers."""
    policy = {**POLICY, "mailbox": {**POLICY["mailbox"], "address": address}}
    headers = {"Authorization": "Bearer admin"}
    base = f"http://127.0.0.1:{port}"

    async def published() -> bool:
        async with httpx.AsyncClient(base_url=base, headers=headers, trust_env=False) as client:
            try:
                answer = await client.put("/v1/desks/any/policy", json=policy)
            except httpx.TransportError:
                return False
            return answer.is_success

    await eventually(published, 30)


async def decided(connection: Any, at_least: int) -> None:
    async def enough() -> bool:
        query = "SELECT count(*) FROM letters WHERE outcome IS NOT NULL"
        return int(await connection.fetchval(query)) >= at_least

    await eventually(enough, 120)


async def test_no_letter_is_lost_or_doubled_when_the_process_is_killed(
    greenmail: Mail, postgres: Databases
) -> None:
    dsn, port = await postgres(), free_port()
    address = f"support-{new_id()}@desk.example"
    environ = environ_of(greenmail, dsn, port)
    async with process(environ):
        await publish(port, address)
    connection = await asyncpg.connect(dsn)
    try:
        for first in range(0, LETTERS, LETTERS // KILLS):
            await deliver(greenmail, address, first, first + LETTERS // KILLS)
            async with process(environ):
                await decided(connection, first + 5)
        async with process(environ):
            await decided(connection, LETTERS)
        rows = await connection.fetch("SELECT outcome, message_id FROM letters")
        assert len(rows) == len({row["message_id"] for row in rows}) == LETTERS
        assert {row["outcome"] for row in rows} == {"ticket"}
        query = "SELECT count(*), count(DISTINCT subject) FROM events WHERE type = 'TicketOpened'"
        assert tuple(await connection.fetchrow(query)) == (LETTERS, LETTERS)
    finally:
        await connection.close()
