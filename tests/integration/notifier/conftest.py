"""notifier's process on a real PostgreSQL, a mail server that answers by script, a receiver."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from aiosmtpd.smtp import SMTP
from fastapi import FastAPI

from notifier.app import consumption, create_app, own_addresses
from notifier.letters.rendering import Renderer
from notifier.projections.material import Materials
from notifier.settings import NotifierSettings
from notifier.timers.composing import Composer
from notifier.timers.letters import LetterSender
from notifier.timers.outcomes import Outcomes
from notifier.transports.signing import Signer
from notifier.transports.smtp import Smtp, SmtpServer
from reglament import clock
from reglament.events.envelope import Envelope
from reglament.events.registry import ContentRef
from reglament.events.tickets import TicketOpened
from reglament.events.topics import CONTACTS, CONTENTS
from reglament.runtime import Runtime
from reglament.testing import AT, SYSTEM, Author
from tests.support import feeding
from tests.support.stack import Databases

SECRET = "secret-of-thirty-two-bytes-or-more"  # noqa: S105 - of tests
CONTENT = ContentRef(id="content-1", version=1, digest="-")
POLICY: dict[str, Any] = {
    "desk": "north",
    "name": "North",
    "locale": "ru",
    "time_zone": "Europe/Moscow",
    "number": "N-{sequence}",
    "mailbox": {"address": "support@north.example", "secret": "X"},
    "calendars": {"always": {"hours": "24x7"}},
    "channels": {"web": {"accept": "always"}},
    "contacts": {"email": "support@north.example"},
    "notifications": {"limit_per_address": "2/h", "hints": ["portal"]},
}


class ScriptedMail:
    """Keeps what it takes; `script` holds the answers to the next letters, then 250."""

    def __init__(self) -> None:
        self.script: list[str] = []
        self.taken: list[EmailMessage] = []
        self.senders: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """aiosmtpd's hook at the end of a letter."""
        answer = self.script.pop(0) if self.script else "250 taken"
        if answer.startswith("250"):
            message = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.taken.append(message)
            self.senders.append(envelope.mail_from)
        return answer


@pytest.fixture
async def mail() -> AsyncIterator[tuple[ScriptedMail, int]]:
    """The scripted server and its port."""
    handler, loop = ScriptedMail(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", 0)
    yield handler, server.sockets[0].getsockname()[1]
    server.close()


@dataclass(slots=True)
class Moved:
    """A clock that a test moves on."""

    by: timedelta = timedelta()

    def __call__(self) -> datetime:
        """Now, as the sender sees it."""
        return clock.now() + self.by


@dataclass(slots=True, kw_only=True)
class Process:
    """The running application, the way in, and a sender whose clock the test moves."""

    app: FastAPI
    runtime: Runtime
    client: httpx.AsyncClient
    mail: ScriptedMail
    sender: LetterSender
    now: Moved

    async def feed(self, *envelopes: Envelope) -> None:
        """Take a batch of events in one transaction, as the consumer does."""
        await feeding.feed(self.runtime, consumption(self.runtime), *envelopes)

    async def records(self, topic: str, key: str, value: dict[str, Any] | None) -> None:
        """Take a raw record."""
        await feeding.hand(self.runtime, consumption(self.runtime), topic, key, value)

    async def contact(self, requester: str = "r", **more: Any) -> None:
        """A requester's contact arrives."""
        value = {"email": f"{requester}@client.example", "name": "Иван", "locale": None, **more}
        await self.records(CONTACTS, requester, value)

    async def content(self, content: str = "content-1", **parts: Any) -> None:
        """A text arrives."""
        await self.records(CONTENTS, content, {"id": content, "version": 1, **parts})

    async def types(self, ticket: str) -> list[str]:
        """The types of the ticket's own events here."""
        return [each.type for each in await self.runtime.store.load(f"ticket/{ticket}")]

    async def notifications(self, ticket: str) -> list[dict[str, Any]]:
        """GET …/notifications."""
        answer = await self.client.get(f"/v1/tickets/{ticket}/notifications")
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


def author(ticket: str) -> Author:
    """Events of intake about the ticket."""
    return Author(source="/reglament/intake", subject=ticket, desk="north")


def opened(ticket: str, **more: Any) -> Envelope:
    """The ticket's opening, as it comes from intake."""
    said: dict[str, Any] = {"channel": "web", "requester": "r", "priority": "normal", **more}
    event = TicketOpened(at=AT, actor=SYSTEM, number="N-000001", content=CONTENT, **said)
    (envelope,) = author(ticket).history(event)
    return envelope


def plain(letter: EmailMessage) -> str:
    """The text part, as a reader without HTML sees it."""
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@pytest.fixture
async def process(postgres: Databases, mail: tuple[ScriptedMail, int]) -> AsyncIterator[Process]:
    """notifier with its api alone; the test turns the sender itself."""
    handler, port = mail
    settings = NotifierSettings.model_validate(
        {
            "database": await postgres(),
            "kafka": "127.0.0.1:1",
            "roles": {"api"},
            "secret": SECRET,
            "admin_key": "admin",
            "webhook_allow": "127.0.0.0/8",
        }
    )
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        runtime: Runtime = app.state.runtime
        await feeding.publish(runtime, POLICY)
        composer = Composer(
            materials=Materials(runtime.pool),
            renderer=Renderer(),
            secret=SECRET,
            front="http://front.example",
            policy_of=runtime.policies.get,
            own=lambda: own_addresses(runtime),
            signer=Signer({}),
        )
        smtp = Smtp(SmtpServer(host="127.0.0.1", port=port, seconds=5))
        transport = httpx.ASGITransport(app=app)
        headers = {"Authorization": "Bearer admin"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://notifier", headers=headers
        ) as client:
            now = Moved()
            sender = LetterSender(
                pool=runtime.pool,
                holder="0",
                outcomes=Outcomes(pool=runtime.pool, store=runtime.store, now=now),
                composer=composer,
                smtp=smtp,
                now=now,
            )
            yield Process(
                app=app, runtime=runtime, client=client, mail=handler, sender=sender, now=now
            )
        await smtp.close()


class Receiver:
    """A webhook receiver on loopback: answers with `status`, keeps what it got."""

    def __init__(self) -> None:
        self.status = 204
        self.got: list[tuple[dict[str, str], str]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request a connection."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        pairs = [line.partition(": ") for line in head.splitlines()[1:] if line]
        headers = {name.lower(): value for name, _, value in pairs}
        body = await reader.readexactly(int(headers["content-length"]))
        self.got.append((headers, body.decode()))
        reply = f"HTTP/1.1 {self.status} X\r\nLocation: http://127.0.0.1:1/\r\n"
        writer.write(f"{reply}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    def types(self) -> list[str]:
        """The types of the events that came."""
        return [json.loads(body)["type"] for _, body in self.got]


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, str]]:
    """The receiver and its URL."""
    handler = Receiver()
    server = await asyncio.start_server(handler.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield handler, f"http://127.0.0.1:{port}/hook"
    server.close()
    await server.wait_closed()
