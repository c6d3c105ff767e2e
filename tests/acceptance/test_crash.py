"""The whole system dies at once under load: nothing said is lost, nothing happens twice."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from reglament_local.demo.system import Desk, System
from tests.support.eventually import eventually
from tests.support.processes import running

pytestmark = pytest.mark.acceptance

WRITERS = 8
EACH = 15
DEATH_AFTER = 40
# Without it PostgreSQL says "committed" of what it has not written yet.
DURABLE = {"REGLAMENT_DURABLE": "1"}
ONCE = ("TicketOpened", "TicketAccepted", "ClockStarted first_response", "Queued")


@dataclass(slots=True)
class Requests:
    """What was asked, by Idempotency-Key, and the ticket's id that was answered, if any."""

    asked: dict[str, dict[str, Any]] = field(default_factory=dict)
    answered: dict[str, str] = field(default_factory=dict)

    async def ask(self, site: System, key: str) -> None:
        """Open the ticket of that key, for the first time or again."""
        sender = {"name": "Ann", "email": f"{key}@clients.example", "locale": "ru"}
        words = {"channel": "web", "subject": f"Сервер {key}", "description": "Не отвечает."}
        self.asked[key] = {**words, "priority": "critical", "requester": sender}
        answer = await site.http.post(
            f"{site.ready['intake']}/v1/desks/remsys/tickets",
            json=self.asked[key],
            headers={
                "Authorization": f"Bearer {site.key('remsys', 'integrator')}",
                "Idempotency-Key": f'"{key}"',
            },
        )
        assert answer.status_code == 201, answer.text
        self.answered[key] = answer.json()["id"]


@asynccontextmanager
async def visited(ready_file: Path) -> AsyncIterator[System]:
    async with httpx.AsyncClient(timeout=20.0, trust_env=False) as http:
        yield System.of(ready_file, http)


def kill_all(ready_file: Path) -> None:
    """The supervisor, the servers and the services, as a power cut would."""
    stack = psutil.Process(int((ready_file.parent / "lock").read_text()))
    family = [stack, *stack.children(recursive=True)]
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(family, timeout=10)


async def load_until_death(ready_file: Path, requests: Requests) -> None:
    async def write(site: System, writer: int) -> None:
        for one in range(EACH):
            with suppress(httpx.TransportError):
                await requests.ask(site, f"w{writer}-{one}")

    async with visited(ready_file) as site:
        writing = [asyncio.create_task(write(site, number)) for number in range(WRITERS)]

        async def enough() -> bool:
            return len(requests.answered) >= DEATH_AFTER

        await eventually(enough, timeout=30, poll=0.005)
        await asyncio.to_thread(kill_all, ready_file)
        await asyncio.gather(*writing)


async def all_tickets(site: System) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        desk = Desk(system=site, name="remsys")
        page = await desk.get(f"/tickets?desk=remsys&limit=100{cursor}")
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


async def happened_once(site: System, ticket: str) -> None:
    """Its history has each of ONCE once, and one confirmation is sent or still to be.

    A letter that was being sent as the system died waits for its lease to end, so not for it here.
    """
    desk = Desk(system=site, name="remsys")

    async def whole() -> bool:
        rows = await desk.history(ticket)
        said = Counter(f"{row['type']} {row['data'].get('metric', '')}".strip() for row in rows)
        assert {kind: said[kind] for kind in ONCE} == dict.fromkeys(ONCE, 1), said
        letters = (await desk.get(f"/tickets/{ticket}/notifications"))["items"]
        states = [one["state"] for one in letters if one["template"] == "confirmation"]
        sent = [row for row in rows if row["data"].get("template") == "confirmation"]
        assert states in (["sent"], ["ready"], ["waiting"]), states
        assert len(sent) == states.count("sent"), (states, sent)
        return True

    await eventually(whole, timeout=60)


async def all_there_once(ready_file: Path, requests: Requests) -> None:
    async with visited(ready_file) as site:
        before = dict(requests.answered)
        for key in requests.asked:
            await requests.ask(site, key)
        assert {key: requests.answered[key] for key in before} == before
        tickets = await all_tickets(site)
        assert {each["id"] for each in tickets} == set(requests.answered.values())
        numbers = sorted(int(each["number"].rpartition("-")[2]) for each in tickets)
        assert numbers == list(range(1, len(requests.asked) + 1))
        for each in tickets:
            await happened_once(site, each["id"])


def test_after_a_power_cut_every_answer_stands_and_every_effect_is_there_once(
    tmp_path: Path,
) -> None:
    requests, ready_file = Requests(), tmp_path / "ready.json"
    with running(tmp_path, ("run",), ready_file.name, DURABLE):
        asyncio.run(load_until_death(ready_file, requests))
        keys = json.loads(ready_file.read_text())["keys"]
        ready_file.unlink()
    assert len(requests.answered) < WRITERS * EACH, "it should have died in between"
    with running(tmp_path, ("run",), ready_file.name, DURABLE) as ready:
        assert ready["keys"] == keys
        asyncio.run(all_there_once(ready_file, requests))
