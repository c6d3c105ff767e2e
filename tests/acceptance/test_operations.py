"""`reglament` on the running system, as its operator types it."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from reglament.rebuild_log import LOCK_SPACE
from reglament_local.demo.system import Desk, System
from tests.support.eventually import eventually
from tests.support.foreign import foreign_records

pytestmark = pytest.mark.acceptance
REQUEST: dict[str, Any] = {
    "channel": "web",
    "subject": "The database is down",
    "description": "No connection since 10:40.",
    "priority": "critical",
}
FREE = "ALTER TABLE events {} TRIGGER events_are_only_added"
FLIP = "UPDATE events SET data = set_bit(data, 9, 1 - get_bit(data, 9))"


class Operator:
    """Types commands."""

    def __init__(self, ready: Path) -> None:
        self._ready = ready

    async def types(self, *words: str) -> tuple[int, str]:
        """The exit code, and everything that was said."""
        done = await self._run(*words)
        return done.returncode, done.stdout + done.stderr

    async def asks(self, *words: str) -> tuple[int, Any]:
        """The exit code, and what is said as JSON."""
        done = await self._run(*words, "--json")
        return done.returncode, json.loads(done.stdout)

    async def _run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        command = (sys.executable, "-m", "reglament.cli", *words, "--ready", str(self._ready))
        return await asyncio.to_thread(
            subprocess.run, command, check=False, capture_output=True, text=True, timeout=120
        )


@pytest.fixture
def operator(ready_file: Path) -> Operator:
    return Operator(ready_file)


@pytest.fixture
async def intake(system: dict[str, Any]) -> AsyncIterator[asyncpg.Connection]:
    """intake's database, with its owner's rights."""
    connection = await asyncpg.connect(system["databases"]["intake"])
    yield connection
    await connection.close()


async def ticket_of(site: System, name: str) -> str:
    """A ticket whose clocks run."""
    desk = Desk(system=site, name="remsys")
    who = {"name": "Ann", "email": site.address(name)}
    ticket = str((await desk.open({**REQUEST, "requester": who}))["id"])
    await desk.happened(ticket, "ClockStarted", "Queued")
    return ticket


async def test_a_changed_event_is_found_with_ticket_and_version_and_the_proof_fails_as_well(
    site: System, operator: Operator, intake: asyncpg.Connection
) -> None:
    ticket = await ticket_of(site, "verify")
    code, said = await operator.types("verify", "--ticket", ticket, "--write-root")
    assert (code, "nothing was changed" in said, "written to" in said) == (0, True, True), said
    code, said = await operator.types("proof", ticket)
    assert (code, f"ok ticket {ticket}" in said, "in root" in said) == (0, True, True), said
    await intake.execute(FREE.format("DISABLE"))
    where = "WHERE stream = $1 AND version = 2"
    try:
        await intake.execute(f"{FLIP} {where}", f"ticket/{ticket}")
        code, found = await operator.asks("verify", "--service", "intake")
    finally:
        await intake.execute(f"{FLIP} {where}", f"ticket/{ticket}")
        await intake.execute(FREE.format("ENABLE"))
    broken = [(one["stream"], one["version"], one["fault"]) for one in found[0]["broken"]]
    assert (code, broken) == (1, [(f"ticket/{ticket}", 2, "content")])
    assert (await operator.types("verify", "--desk", "remsys"))[0] == 0


async def test_rows_that_differ_are_told_and_swapped_only_when_accepted(
    site: System, operator: Operator, intake: asyncpg.Connection
) -> None:
    ticket = await ticket_of(site, "differs")
    spoil = "UPDATE ticket_view_v1 SET category = 'spoilt' WHERE key = $1"
    kept = "SELECT category FROM ticket_view_v1 WHERE key = $1"
    await intake.execute(spoil, ticket)
    code, said = await operator.types("rebuild", "intake.ticket_view")
    assert (code, ticket in said, "NOT swapped" in said) == (1, True, True), said
    assert await intake.fetchval(kept, ticket) == "spoilt"
    code, found = await operator.asks("rebuild", "intake.ticket_view", "--accept")
    assert (code, found[0]["phase"]) == (0, "swapped")
    assert await intake.fetchval(kept, ticket) is None


async def test_two_rebuilds_of_one_projection_at_once_are_refused(
    operator: Operator, intake: asyncpg.Connection
) -> None:
    async with intake.transaction():
        asked = "SELECT pg_advisory_xact_lock($1, hashtext('customers'))"
        await intake.execute(asked, LOCK_SPACE)
        code, said = await operator.types("rebuild", "intake.customers")
        assert (code, said) == (
            3,
            "reglament: intake: customers is being rebuilt already (409)\n",
        )
    assert (await operator.types("rebuild", "intake.customers"))[0] == 0
    code, said = await operator.types("rebuild", "intake.nothing")
    assert (code, "no projection nothing" in said) == (3, True)


async def test_a_dead_letter_is_listed_shown_and_taken_once_more(
    system: dict[str, Any], operator: Operator
) -> None:
    only = ("--service", "escalation")
    async with foreign_records(system, b"poison", b"behind it") as subject:

        async def listed() -> bool:
            _, rows = await operator.asks("dead-letter", "list", *only)
            return any(row["subject"] == subject and row["parked"] == 1 for row in rows)

        await eventually(listed, 30)
        code, said = await operator.types("dead-letter", "show", subject, *only)
        assert (code, "poison" in said, "behind it wait 1 events" in said) == (1, True, True), said
        code, said = await operator.types("dead-letter", "redrive", subject, *only)
        assert code == 1, said
        assert (await operator.types("dead-letter", "redrive"))[0] == 3
    code, rows = await operator.asks("dead-letter", "show", subject)
    assert (code, rows) == (0, [])
