"""Fifty strings go in by every channel; after the erasure none is left anywhere (security 27)."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from reglament.events.topics import CONTACTS, CONTENTS
from reglament.messaging.provisioning import configuration
from reglament_local.demo.system import Desk, System
from tests.acceptance.erasing import SHORT, Canaries, configure, everywhere
from tests.acceptance.person import Person
from tests.support.eventually import eventually

pytestmark = pytest.mark.acceptance


def opening(history: list[dict[str, Any]]) -> str:
    return str(next(row["data"]["content"]["id"] for row in history if "content" in row["data"]))


async def erased(person: Person, requester: str) -> dict[str, Any]:
    """Erase, and wait until the other services have done so too."""
    system = person.desk.system
    admin = system.key("", "admin")
    answer = await system.call("DELETE", f"/requesters/{requester}", key=admin, status=202)

    async def others() -> dict[str, Any] | None:
        path = answer.headers["location"].removeprefix("/v1")
        left = (await system.call("GET", path, key=admin, status=200)).json()
        waiting = [one for one in left["copies"] if one["state"] == "waiting"]
        return None if waiting else dict(left)

    return await system.until(others, "the copies elsewhere erased")


async def compacted(ready: Mapping[str, Any], erasure: str) -> None:
    """A day later: the topics are moved on, and what was overwritten is dropped."""
    await configure(ready["kafka"], (CONTACTS, CONTENTS), SHORT)
    connection = await asyncpg.connect(ready["databases"]["intake"])
    try:
        await connection.execute(
            "UPDATE erasures SET erased_at = erased_at - interval '25 hours' WHERE id = $1",
            erasure,
        )

        async def is_swept() -> bool:
            asked = "SELECT swept_at IS NOT NULL FROM erasures WHERE id = $1"
            return bool(await connection.fetchval(asked, erasure))

        await eventually(is_swept, 20)
    finally:
        await connection.close()


async def rebuilt(ready_file: Path) -> None:
    """Read models come out as they are, without the texts."""
    names = ("intake.history", "intake.ticket_view", "notifier.tickets")
    command = (sys.executable, "-m", "reglament.cli", "rebuild", *names)
    done = await asyncio.to_thread(
        subprocess.run,
        (*command, "--ready", str(ready_file)),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


async def lived(person: Person) -> tuple[dict[str, Any], EmailMessage]:
    """Everything that a person may leave here; the first ticket, the first letter."""
    ticket = await person.on_the_web()
    by_token = await person.with_a_token()
    assert by_token["requester"] == ticket["requester"]
    await person.talked_to(ticket["id"])
    letter, by_mail = await person.by_mail()
    await person.in_vain()
    content = opening(await person.desk.history(ticket["id"]))
    await person.spoilt(ticket["requester"], content)
    for one in (ticket["id"], by_token["id"], by_mail):
        await person.ended(one)
    return ticket, letter


async def republished(site: System) -> None:
    """Everything goes to Kafka once more."""
    headers = {"Authorization": f"Bearer {site.key('', 'admin')}"}
    url = f"{site.ready['intake']}/v1/operations/outbox/refill"
    assert (await site.http.post(url, headers=headers)).is_success


async def hashes(person: Person, ticket: str) -> list[str]:
    return [row["hash"] for row in await person.desk.history(ticket)]


@pytest.mark.timeout(280)
async def test_of_fifty_canaries_none_is_left_when_their_person_is_erased(
    ready_file: Path, site: System
) -> None:
    canaries, run = Canaries(run=site.run), ready_file.parent
    secret = json.loads((run / "secrets.json").read_text())["secret"]
    address = f"{canaries.new('address')}@clients.example"
    desk = Desk(system=site, name="remsys")
    person = Person(desk=desk, canaries=canaries, address=address, secret=secret)
    ticket, letter = await lived(person)
    assert len(canaries.kept) + len(canaries.passing) >= 50
    before = canaries.found(await everywhere(site.ready, run))
    assert set(canaries.kept) <= set(before), set(canaries.kept) - set(before)
    history = await hashes(person, ticket["id"])

    erasure = await erased(person, ticket["requester"])
    assert (await person.fate(letter))["outcome"] == "duplicate"
    await republished(site)
    await compacted(site.ready, erasure["id"])

    async def nothing_left() -> bool:
        left = canaries.found(await everywhere(site.ready, run))
        assert not left, left
        return True

    await eventually(nothing_left, 90, poll=2)
    for topic in (CONTACTS, CONTENTS):
        await configure(site.ready["kafka"], (topic,), dict(configuration(topic)))
    assert await hashes(person, ticket["id"]) == history
    await rebuilt(ready_file)
    shown = await desk.ticket(ticket["id"])
    assert (shown["subject"], shown["status"]) == (None, "closed")
    assert shown["erased_at"] == erasure["erased_at"]
