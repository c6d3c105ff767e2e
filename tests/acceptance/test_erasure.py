"""Fifty strings go in by every channel; after the erasure none is left anywhere (security 27)."""

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from reglament.clock import now
from reglament.events.topics import CONTACTS, CONTENTS
from reglament.http.tokens import signed_token
from reglament.messaging.connecting import Kafka
from reglament.messaging.producer import start_producer, stop_producer
from reglament.messaging.provisioning import configuration
from reglament_local.demo.letters import File, written
from reglament_local.demo.system import Desk, System
from tests.acceptance.erasing import SHORT, Canaries, configure, everywhere
from tests.support.eventually import eventually

pytestmark = pytest.mark.acceptance


@dataclass(slots=True, kw_only=True)
class Person:
    """Somebody who leaves a canary wherever words are taken."""

    desk: Desk
    canaries: Canaries
    address: str
    secret: str

    def word(self, channel: str) -> str:
        return self.canaries.new(channel)

    def file(self, channel: str) -> dict[str, str]:
        """An attachment with one in its name and one in its bytes."""
        content = f"log of {self.word(channel + 'bytes')}\n".encode()
        return {
            "name": f"{self.word(channel + 'name')}.txt",
            "content": base64.b64encode(content).decode(),
        }

    async def on_the_web(self) -> dict[str, Any]:
        """A request with everything, entered by an integrator."""
        return await self.desk.open(
            {
                "channel": "web",
                "subject": self.word("subject"),
                "description": self.word("description"),
                "requester": {
                    "name": self.word("name"),
                    "email": self.address,
                    "phone": "+74955550143",
                },
                "fields": {name: self.word(f"field{name}") for name in ("host", "room", "rack")},
                "attachments": [self.file("web"), self.file("second")],
            }
        )

    async def with_a_token(self) -> dict[str, Any]:
        """The same person with a token that says their address."""
        claims = {"sub": self.address, "role": "requester", "desk": self.desk.name}
        token = signed_token(self.secret, claims, now() + timedelta(hours=1))
        body = {
            "channel": "web",
            "subject": self.word("tokensubject"),
            "description": self.word("tokentext"),
            "requester": {"name": self.word("tokenname"), "email": self.address},
        }
        path = f"/desks/{self.desk.name}/tickets"
        answer = await self.desk.system.call("POST", path, key=token, body=body, status=201)
        return dict(answer.json())

    async def talked_to(self, ticket: str) -> None:
        """Whatever is written about a ticket while it lasts."""
        act = self.desk.act
        note = {"body": self.word("note"), "visibility": "internal"}
        await act(ticket, "messages", {**note, "attachments": [self.file("note")]})
        await act(ticket, "messages", {"body": self.word("public")})
        await act(ticket, "priority", {"priority": "urgent", "reason": self.word("priority")})
        await act(ticket, "classification", {"cause": "disk", "reason": self.word("class")})
        await act(ticket, "work", {"minutes": 5, "note": self.word("work")})
        await act(ticket, "info-requests", {"items": ["log"], "note": self.word("asked")})
        given = {"fields": {"log": self.word("givenfield")}, "body": self.word("given")}
        await act(ticket, "information", {**given, "attachments": [self.file("given")]})
        await act(ticket, "deferral", {"reason": "client_asked", "note": self.word("deferral")})
        await act(ticket, "resumption")
        schedule = {"due_at": (now() + timedelta(days=2)).isoformat(), "reason": "client_asked"}
        await act(ticket, "schedule", {**schedule, "note": self.word("schedule")})
        await act(ticket, "handover", {"department": "network", "note": self.word("handover")})
        await self._escalated(ticket)
        access = {"access": {"password": self.canaries.new("sealed", is_kept=False)}}
        await self.desk.system.call(
            "PUT",
            f"/tickets/{ticket}/credentials",
            key=self.desk.system.key(self.desk.name, "agent"),
            body=access,
            status=200,
        )
        await act(ticket, "resolution", {"text": self.word("resolution")})
        await act(ticket, "reopening", {"reason": self.word("reopening")})

    async def _escalated(self, ticket: str) -> None:
        """The reason stands with escalation, which hears of the ticket a little later."""
        path, key = f"/tickets/{ticket}/escalations", self.desk.system.key(self.desk.name, "agent")
        body = {"reason": self.word("escalation")}

        async def is_taken() -> bool:
            answer = await self.desk.system.call("POST", path, key=key, body=body)
            return answer.status_code < 300

        await eventually(is_taken, 30)

    async def ended(self, ticket: str) -> None:
        await self.desk.act(ticket, "resolution", {"text": self.word("answer")})
        await self.desk.act(ticket, "closure")

    def letter(self, channel: str, **more: Any) -> EmailMessage:
        """A letter with canaries in name, subject, body, a header and a file."""
        content = f"see {self.word(channel + 'bytes')}".encode()
        letter = written(
            sender=self.address,
            to=self.desk.mailbox,
            subject=f"Сервер {self.word(channel + 'subject')}",
            body=f"Не отвечает. {self.word(channel + 'body')}",
            files=(File(name=f"{self.word(channel + 'name')}.txt", content=content),),
            **more,
        )
        letter["X-Place"] = self.word(channel + "header")
        return letter

    async def fate(self, letter: EmailMessage) -> dict[str, Any]:
        """Lay it into the mailbox, a second time as it was the first; what became of it."""
        path = f"/letters?desk={self.desk.name}&message_id={letter['Message-ID']}"
        before = len((await self.desk.get(path))["items"])
        dated = letter["Date"].datetime if letter["Date"] else now()
        del letter["Date"]
        await self.desk.system.post.received_at(letter, self.desk.mailbox, dated)

        async def look() -> dict[str, Any] | None:
            items = (await self.desk.get(path))["items"]
            is_there = len(items) > before and items[0]["outcome"]
            return dict(items[0]) if is_there else None

        return await self.desk.system.until(look, "the letter's fate")

    async def by_mail(self) -> tuple[EmailMessage, str]:
        """A request, an automatic letter, and one that nobody can read; the first, its ticket."""
        letter = self.letter("mail")
        fate = await self.fate(letter)
        assert fate["outcome"] == "ticket", fate
        automatic = self.letter("auto")
        automatic["Auto-Submitted"] = "auto-replied"
        assert (await self.fate(automatic))["outcome"] == "automatic"
        await self._unreadable()
        return letter, fate["ticket"]

    async def _unreadable(self) -> None:
        """Two senders: kept whole, for an admin to see."""
        letter = self.letter("odd")
        raw = letter.as_bytes().replace(b"From: ", b"From: other@clients.example, ", 1)
        path = f"/letters?desk={self.desk.name}&outcome=quarantined"

        async def count() -> int:
            return len((await self.desk.get(path))["items"])

        before = await count()
        box = self.desk.system.post._login(self.desk.mailbox)
        with box:
            await asyncio.to_thread(box.append, raw, "INBOX", now())

        async def is_there() -> bool:
            return await count() > before

        await eventually(is_there, 30)

    async def in_vain(self) -> None:
        """What is not stored must not be logged either."""
        system = self.desk.system
        key = system.key(self.desk.name, "agent")
        passing = [self.canaries.new("passing", is_kept=False) for _ in range(4)]
        await system.call("GET", f"/tickets?desk=remsys&q={passing[0]}", key=key, status=200)
        await system.call("GET", f"/tickets/{passing[1]}", key=key, status=404)
        wrong = {"channel": passing[2], "requester": {"email": passing[3]}}
        await system.call("POST", "/desks/remsys/tickets", key=key, body=wrong, status=422)

    async def spoilt(self, requester: str, content: str) -> None:
        """Records that no reader can take."""
        producer = await start_producer(
            Kafka(bootstrap=self.desk.system.ready["kafka"]), "canaries"
        )
        try:
            for topic, key in ((CONTACTS, requester), (CONTENTS, content)):
                word = self.canaries.new("dead", is_kept=False)
                value = f'{{"text": "{word}'.encode()
                await producer.send_and_wait(topic, value, key.encode())
        finally:
            await stop_producer(producer)


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
