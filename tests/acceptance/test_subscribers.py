"""The three subscribers of examples/subscribers, on the running broker, against the API."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reglament.events.topics import TICKETS
from reglament.messaging.connecting import Kafka
from reglament.messaging.producer import start_producer, stop_producer
from reglament_local.demo.system import Desk, Json, System
from reglament_local.places import CHECKOUT, places_from
from tests.support.eventually import eventually
from tests.support.foreign import foreign_records
from tests.support.topics import records_in

pytestmark = pytest.mark.acceptance

EXAMPLES = CHECKOUT / "examples" / "subscribers"
PATIENCE = 120.0
OPEN = {"registered", "accepted", "in_progress"}  # what the tickets' topic alone calls open
COPIED = ("id", "version", "number", "phase", "priority", "email")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """One that runs; out: what it prints, err: what it complains of."""

    process: "subprocess.Popen[bytes]"
    out: Path
    err: Path

    def copy(self) -> dict[str, Json]:
        """The newest line of each ticket. AssertionError where it has ended."""
        lines = self.out.read_text("utf-8").splitlines(keepends=True)
        assert self.process.poll() is None, self.err.read_text("utf-8")[-2000:]
        whole = [json.loads(line) for line in lines if line.endswith("\n")]
        return {each["id"]: each for each in whole}


def of_python(_: Path) -> tuple[str, ...]:
    return (sys.executable, str(EXAMPLES / "python" / "subscriber.py"))


def of_typescript(folder: Path) -> tuple[str, ...]:
    """Installed by its lock file, its types checked."""
    for name in ("package.json", "package-lock.json", "tsconfig.json", "subscriber.ts"):
        shutil.copy(EXAMPLES / "typescript" / name, folder)
    quiet = ("--loglevel=error", "--no-audit", "--no-fund", "--ignore-scripts")
    for command in (("npm", "ci", *quiet), ("npm", "run", "build")):
        done = subprocess.run(
            command, cwd=folder, check=False, capture_output=True, text=True, timeout=240
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return ("node", str(folder / "subscriber.js"))


def of_java(_: Path) -> tuple[str, ...]:
    """By the JDK of the machine, with the jars that the broker runs from."""
    jars = places_from(os.environ).tools / "kafka" / "libs"
    return ("java", "-Xmx128m", "-cp", f"{jars}/*", str(EXAMPLES / "java" / "Subscriber.java"))


COMMANDS = {"python": of_python, "typescript": of_typescript, "java": of_java}


@pytest.fixture(scope="module")
def subscribers(
    system: Json, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Subscriber]]:
    """All three, reading from the beginning."""
    found: dict[str, Subscriber] = {}
    try:
        for name, command_in in COMMANDS.items():
            folder = tmp_path_factory.mktemp(name)
            command = (*command_in(folder), system["kafka"])
            out, err = folder / "out", folder / "err"
            with out.open("wb") as said, err.open("wb") as complained:
                process = subprocess.Popen(command, stdout=said, stderr=complained)
            found[name] = Subscriber(process=process, out=out, err=err)
        yield found
    finally:
        for each in found.values():
            each.process.kill()
            each.process.wait(timeout=20)


async def told(desk: Desk, tickets: list[str], emails: dict[str, str | None]) -> dict[str, Json]:
    """What the API says of them, as a copy has it."""
    listed = await desk.get(f"/tickets?desk={desk.name}&limit=100")
    found = [each for each in listed["items"] if each["id"] in tickets]
    said = [
        {
            **each,
            "phase": "open" if each["status"] in OPEN else each["status"],
            "email": emails[each["id"]],
        }
        for each in found
    ]
    return {each["id"]: {name: each[name] for name in COPIED} for each in said}


async def tell_again(kafka: str, tickets: list[str]) -> None:
    """Each ticket's first record once more, as a producer does that heard no acknowledgement."""
    firsts: dict[str, Any] = {}
    for record in await records_in(kafka, TICKETS):
        firsts.setdefault(record.key.decode(), record)
    producer = await start_producer(Kafka(bootstrap=kafka), "twice")
    try:
        for ticket in tickets:
            record = firsts[ticket]
            await producer.send_and_wait(
                TICKETS,
                key=record.key,
                value=record.value,
                headers=list(record.headers),
                partition=record.partition,
            )
    finally:
        await stop_producer(producer)


async def history_of(site: System, desk: Desk) -> dict[str, str | None]:
    """Four tickets in four phases; their requesters' addresses."""
    emails: dict[str, str | None] = {}
    for who in ("asked", "answered", "resolved", "gone"):
        address = site.address(f"copy-{who}")
        body = {
            "channel": "web",
            "subject": "A copy",
            "description": "Of its state.",
            "priority": "low",
            "requester": {"name": who, "email": address},
        }
        emails[(await desk.open(body))["id"]] = address
    asked, answered, resolved, gone = emails
    for ticket in (asked, answered):
        await desk.act(ticket, "info-requests", {"items": ["steps"], "note": "Which?"})
    await desk.act(answered, "information", {"body": "These."})
    await desk.act(answered, "priority", {"priority": "critical", "reason": "All stand."})
    for ticket in (resolved, gone):
        await desk.act(ticket, "resolution", {"text": "Done."})
    await desk.act(gone, "closure")
    return emails


async def test_three_subscribers_keep_the_copy_that_the_api_has(
    site: System, subscribers: dict[str, Subscriber]
) -> None:
    desk = Desk(system=site, name="remsys")
    emails = await history_of(site, desk)
    tickets = list(emails)

    async def all_agree() -> bool:
        wanted = await told(desk, tickets, emails)
        assert len(wanted) == len(tickets)
        for name, subscriber in subscribers.items():
            copy = subscriber.copy()
            assert {each: copy.get(each) for each in tickets} == wanted, name
        return True

    await eventually(all_agree, timeout=PATIENCE)
    async with foreign_records(site.ready, b"none of ours"):
        await tell_again(site.ready["kafka"], tickets)
    gone = tickets[-1]
    requester = (await desk.ticket(gone))["requester"]
    admin = site.key(desk.name, "admin")
    await site.call("DELETE", f"/requesters/{requester}", key=admin, status=202)
    emails[gone] = None
    # What was told twice stands before this on the topic: it has been read when this is known.
    await desk.act(tickets[1], "resolution", {"text": "Solved."})
    await eventually(all_agree, timeout=PATIENCE)
