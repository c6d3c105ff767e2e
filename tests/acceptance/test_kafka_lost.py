"""Kafka loses its disk under the whole system: filled again from the event tables (b2 9)."""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from reglament_local.demo.system import Desk, System
from reglament_local.ports import free_ports
from tests.support.eventually import eventually
from tests.support.processes import running

pytestmark = pytest.mark.acceptance
SERVICES = ("intake", "sla_clock", "escalation", "notifier")
# Each out of all that its service reads.
FED = ("intake.history", "sla-clock.ticket_events", "escalation.ticket_facts", "notifier.tickets")
REQUEST: dict[str, Any] = {
    "channel": "web",
    "subject": "The database is down",
    "description": "No connection since 10:40.",
    "priority": "critical",
}


def reglament(*arguments: str, ready: Path) -> tuple[int, Any]:
    """The command, and what it says as JSON."""
    command = (sys.executable, "-m", "reglament.cli", *arguments, "--json", "--ready", str(ready))
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=240)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The running system, and the folder of its broker, which is a process apart."""

    system: System
    ready: Path
    broker: Path
    kafka: ExitStack
    ports: dict[str, str]

    async def open(self, desk: Desk) -> str:
        """A ticket of a requester of its own."""
        who = {"name": "Ann", "email": self.system.address(f"ann{len(OPENED)}")}
        ticket = str((await desk.open({**REQUEST, "requester": who}))["id"])
        OPENED.append(ticket)
        return ticket

    def start_kafka(self) -> None:
        """Formatted, where there is no data."""
        self.kafka.enter_context(broker(self.broker, self.ports))


OPENED: list[str] = []


@contextmanager
def broker(folder: Path, ports: dict[str, str]) -> Iterator[str]:
    with running(folder, ("servers", "--only", "kafka"), "servers.json", ports) as addresses:
        yield addresses["kafka"]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    ports = free_ports()
    with ExitStack() as stack, ExitStack() as kafka:
        servers = ("servers", "--only", "postgres,greenmail")
        found = stack.enter_context(running(tmp_path / "servers", servers, "servers.json", ports))
        address = kafka.enter_context(broker(tmp_path / "broker", ports))
        environ = await environ_of(found, address) | ports
        stack.enter_context(running(tmp_path / "run", ("run",), "ready.json", environ))
        ready = tmp_path / "run" / "ready.json"
        async with httpx.AsyncClient(timeout=30.0, trust_env=False) as http:
            yield Site(
                system=System.of(ready, http),
                ready=ready,
                broker=tmp_path / "broker",
                kafka=kafka,
                ports=ports,
            )


async def environ_of(servers: dict[str, Any], kafka: str) -> dict[str, str]:
    """EXTERNAL=1, with a database a service."""
    admin = await asyncpg.connect(servers["postgres"])
    home = servers["postgres"].rpartition("/")[0]
    there = {row["datname"] for row in await admin.fetch("SELECT datname FROM pg_database")}
    for name in SERVICES:
        if name not in there:
            await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    return {
        "EXTERNAL": "1",
        "REGLAMENT_KAFKA": kafka,
        "REGLAMENT_SMTP": servers["smtp"],
        "REGLAMENT_IMAP": servers["imap"],
        **{f"{name.upper()}_DATABASE": f"{home}/{name}" for name in SERVICES},
    }


async def test_kafka_is_filled_again_and_nothing_is_lost_or_doubled(site: Site) -> None:
    desk = Desk(system=site.system, name="remsys")
    before = [await site.open(desk) for _ in range(3)]
    for ticket in before:
        await desk.happened(ticket, "ClockStarted", "Queued", "NotificationSent")
    stood = {ticket: await said(desk, ticket) for ticket in before}

    site.kafka.close()
    shutil.rmtree(site.broker / "kafka")
    meanwhile = [await site.open(desk) for _ in range(3)]
    site.start_kafka()
    code, sent = await asyncio.to_thread(reglament, "republish", "all", ready=site.ready)
    assert code == 0
    assert all(one["waiting"] == 0 for one in sent), sent

    for ticket in meanwhile:

        async def has_come(ticket: str = ticket) -> bool:
            types = {kind for _, kind, _ in await said(desk, ticket)}
            return {"ClockStarted", "Queued", "NotificationSent"} <= types

        await eventually(has_come, 90)
    for ticket in before:
        assert await said(desk, ticket) == stood[ticket]
    counts = [len(await said(desk, ticket)) for ticket in meanwhile]
    assert counts == [len(stood[before[0]])] * 3
    code, rebuilt = await asyncio.to_thread(reglament, "rebuild", *FED, ready=site.ready)
    assert code == 0, rebuilt
    assert all(one["result"]["is_same"] for one in rebuilt)
    code, verified = await asyncio.to_thread(reglament, "verify", ready=site.ready)
    assert code == 0, verified
    assert reglament("dead-letter", "list", ready=site.ready) == (0, [])


async def said(desk: Desk, ticket: str) -> list[tuple[str, str, int]]:
    """The whole history: source, type, sequence."""
    rows = await desk.history(ticket)
    return sorted((row["source"], row["type"], row["sequence"]) for row in rows)
