"""Somebody who uses every channel, and leaves a word of their own in each."""

import asyncio
import base64
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from reglament.clock import now
from reglament.events.topics import CONTACTS, CONTENTS
from reglament.http.tokens import signed_token
from reglament.messaging.connecting import Kafka
from reglament.messaging.producer import start_producer, stop_producer
from reglament_local.demo.letters import File, written
from reglament_local.demo.system import Desk
from tests.acceptance.erasing import Canaries
from tests.support.eventually import eventually


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
