"""Run, load, back up, lose everything, restore: every event and every answer is there again."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from reglament_local.demo.system import Desk, System
from reglament_local.erasure_list import erasures_in
from tests.support.processes import environ_of, running

pytestmark = pytest.mark.acceptance
KEPT, GONE = "Сервер остаётся", "Сервер забыт"


@asynccontextmanager
async def visited(ready_file: Path) -> AsyncIterator[System]:
    async with httpx.AsyncClient(timeout=20.0, trust_env=False) as http:
        yield System.of(ready_file, http)


def command(environ: dict[str, str], *words: str) -> str:
    """`python -m reglament_local WORDS`, in the stack that the environment means."""
    done = subprocess.run(
        [sys.executable, "-m", "reglament_local", *words],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def loaded(site: System) -> dict[str, Any]:
    """A ticket that goes on, and a closed one; each through all four services."""
    desk, tickets = Desk(system=site, name="remsys"), {}
    for subject in (KEPT, GONE):
        words = {"channel": "web", "subject": subject, "description": "Не отвечает."}
        sender = {"name": "Анна", "email": site.address("anna" if subject == KEPT else "gone")}
        ticket = await desk.open({**words, "requester": sender})
        await desk.happened(ticket["id"], "Queued", "ClockStarted", "NotificationSent")
        tickets[subject] = ticket
    await desk.act(tickets[GONE]["id"], "resolution", {"text": GONE})
    await desk.act(tickets[GONE]["id"], "closure")
    await desk.happened(tickets[GONE]["id"], "ClockMet", "TicketClosed")
    await settled(desk, tickets)
    return {
        "tickets": tickets,
        "history": await desk.history(tickets[KEPT]["id"]),
        "hashes": [row["hash"] for row in await desk.history(tickets[GONE]["id"])],
        "letters": await letters(desk, tickets[KEPT]["id"]),
    }


async def letters(desk: Desk, ticket: str) -> list[tuple[str, str]]:
    items = (await desk.get(f"/tickets/{ticket}/notifications"))["items"]
    return [(one["template"], one["state"]) for one in items]


async def settled(desk: Desk, tickets: dict[str, Any]) -> None:
    """Every letter is sent, and that is in the history."""

    async def look() -> bool:
        states = [state for one in tickets.values() for _, state in await letters(desk, one["id"])]
        rows = [row for one in tickets.values() for row in await desk.history(one["id"])]
        sent = [row for row in rows if row["type"] == "NotificationSent"]
        return states.count("sent") == len(states) == len(sent)

    await desk.system.until(look, "all letters sent")


async def erase(site: System, requester: str) -> None:
    admin = site.key("", "admin")
    await site.call("DELETE", f"/requesters/{requester}", key=admin, status=202)


async def same_again(site: System, before: dict[str, Any]) -> None:
    desk = Desk(system=site, name="remsys")
    kept, gone = before["tickets"][KEPT]["id"], before["tickets"][GONE]["id"]
    assert await desk.history(kept) == before["history"]
    assert await letters(desk, kept) == before["letters"]
    assert (await desk.ticket(kept))["subject"] == KEPT
    assert [row["hash"] for row in await desk.history(gone)] == before["hashes"]
    assert (await desk.ticket(gone))["erased_at"] is not None
    new = await desk.open(
        {
            "channel": "web",
            "subject": "Ещё один",
            "description": "После восстановления.",
            "requester": {"name": "Анна", "email": site.address("anna")},
        }
    )
    last = int(before["tickets"][GONE]["number"].rpartition("-")[2])
    assert int(new["number"].rpartition("-")[2]) == last + 1
    await desk.happened(new["id"], "Queued", "ClockStarted", "NotificationSent")
    inbox = await site.post.inbox(site.address("anna"))
    assert len(inbox) == 1, "a letter of before the backup went out again"


@pytest.mark.timeout(600)
def test_what_was_backed_up_comes_back_whole_and_whom_we_forgot_stays_forgotten(
    tmp_path: Path,
) -> None:
    run, again = tmp_path / "run", tmp_path / "again"
    backups = {"REGLAMENT_BACKUPS": str(tmp_path / "backups")}
    with running(run, ("run",), "ready.json", backups):
        environ = environ_of(run / "ready.json") | backups | {"REGLAMENT_DURABLE": "0"}

        async def before() -> dict[str, Any]:
            async with visited(run / "ready.json") as site:
                return await loaded(site)

        async def forget(found: dict[str, Any]) -> None:
            async with visited(run / "ready.json") as site:
                await erase(site, found["tickets"][GONE]["requester"])

        found = asyncio.run(before())
        command(environ, "backup")
        asyncio.run(forget(found))
        command(environ, "backup")
    assert len(erasures_in(tmp_path / "backups")) == 1
    first, _ = sorted(folder.name for folder in (tmp_path / "backups").glob("*Z"))
    environ["REGLAMENT_RUN"] = str(again)
    said = command(environ, "restore", "--from", first)
    assert said.count("events  equal") == 4, said
    with running(again, ("run",), "ready.json", backups):

        async def after() -> None:
            async with visited(again / "ready.json") as site:
                await same_again(site, found)

        asyncio.run(after())
