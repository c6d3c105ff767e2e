"""The first release's escalation at work beside today's services: a rolling upgrade, half done."""

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from reglament.events.topics import TICKETS
from reglament_local.demo.system import Desk, System
from reglament_local.places import CHECKOUT
from reglament_local.ports import free_port
from tests.support.eventually import eventually
from tests.support.processes import running

pytestmark = pytest.mark.acceptance
FIRST = "eab8929"
SOURCES = ("shared", "services/escalation")
TAKEN = "messaging_client_consumed_messages_total"


def first_release(folder: Path) -> None:
    """The sources of then; skipped where the clone has no history."""
    archive = subprocess.run(
        ["git", "archive", FIRST, *SOURCES],  # noqa: S607 - whichever git there is
        cwd=CHECKOUT,
        capture_output=True,
        check=False,
    )
    if archive.returncode:
        pytest.skip(f"{FIRST} is not in this clone")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as packed:
        packed.extractall(folder, filter="data")


@contextmanager
def old_escalation(folder: Path, run: Path) -> Iterator[str]:
    """A process of then, on the database and the Kafka of now; its address."""
    ready = json.loads((run / "ready.json").read_text())
    secret = json.loads((run / "secrets.json").read_text())["secret"]
    path = os.pathsep.join(str(folder / source / "src") for source in SOURCES)
    port = str(free_port())
    environ = os.environ | {
        "PYTHONPATH": path,
        "ESCALATION_PORT": port,
        "ESCALATION_DATABASE": ready["databases"]["escalation"],
        "ESCALATION_KAFKA": ready["kafka"],
        "ESCALATION_SECRET": secret,
        "ESCALATION_INSTANCE": "old",
    }
    with (folder / "escalation.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "escalation"], env=environ, stdout=log, stderr=log
        )
        with process:
            try:
                yield f"http://127.0.0.1:{port}"
                assert process.poll() is None, (folder / "escalation.log").read_text()[-3000:]
            finally:
                process.terminate()
                process.wait(timeout=30)


async def taken(http: httpx.AsyncClient, then: str) -> float:
    """How many records of tickets the old process has taken."""
    try:
        said = (await http.get(f"{then}/metrics")).text
    except httpx.TransportError:
        return 0
    lines = [line for line in said.splitlines() if line.startswith(TAKEN) and TICKETS in line]
    return sum(float(line.rpartition(" ")[2]) for line in lines)


async def opened(site: System) -> dict[str, Any]:
    """A request."""
    return await Desk(system=site, name="remsys").open(
        {
            "channel": "web",
            "subject": "Сервер не отвечает",
            "description": "С утра.",
            "requester": {"name": "Анна", "email": site.address("anna")},
        }
    )


async def worked_through(site: System) -> list[dict[str, Any]]:
    """A ticket through the queue that both versions keep."""
    desk, ticket = Desk(system=site, name="remsys"), await opened(site)
    await desk.happened(ticket["id"], "Queued", "ClockStarted")
    await desk.act(ticket["id"], "work", {"minutes": 5, "note": "of a type of today"})
    await desk.act(ticket["id"], "resolution", {"text": "Готово."})
    await desk.act(ticket["id"], "closure")
    return await desk.happened(ticket["id"], "Dequeued", "TicketClosed", "ClockMet")


@pytest.mark.timeout(280)
async def test_a_service_of_the_first_release_works_beside_todays(tmp_path: Path) -> None:
    old, run = tmp_path / "old", tmp_path / "run"
    first_release(old)
    with running(run, ("run",), "ready.json"), old_escalation(old, run) as then:
        async with httpx.AsyncClient(timeout=20.0, trust_env=False) as http:
            site = System.of(run / "ready.json", http)

            async def shares() -> bool:
                await opened(site)
                return await taken(http, then) > 0

            await eventually(shares, 90)
            for _ in range(6):
                rows = await worked_through(site)
                said = [row for row in rows if row["source"] == "/reglament/escalation"]
                assert [row["sequence"] for row in said] == list(range(1, len(said) + 1))
