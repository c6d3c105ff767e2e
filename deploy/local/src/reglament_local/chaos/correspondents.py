"""People who write letters, read the answer and write again."""

import asyncio
import random
import re
from dataclasses import dataclass
from email.message import EmailMessage

import aiosmtplib
from imap_tools import MailMessage
from imap_tools.errors import ImapToolsError

from reglament.clock import now
from reglament_local.chaos import desk as own
from reglament_local.chaos.journal import Journal, Posted
from reglament_local.demo.letters import Post, written

DESKS = (own.NAME, own.NAME, "remsys")
ANSWER_SECONDS = 45.0
LOOK_SECONDS = 1.0
UNREADABLE = (OSError, ImapToolsError)
_PORTAL = re.compile(r"/portal/tickets/([0-9a-f-]{36})")


@dataclass(slots=True, kw_only=True)
class Correspondent:
    """Writes until `stopping`. Speaks to the mail server itself, never through a proxy."""

    name: str
    post: Post
    journal: Journal
    rng: random.Random
    stopping: asyncio.Event
    pause: float

    async def run(self) -> None:
        """A letter, perhaps its answer and a reply to that, and the next one."""
        count = 0
        while not self.stopping.is_set():
            count += 1
            await self._write(f"{self.name}.{count}@clients.example", self.rng.choice(DESKS))
            await asyncio.sleep(self.rng.uniform(0, 2 * self.pause))

    async def _write(self, sender: str, desk: str) -> None:
        letter = written(
            sender=sender,
            to=f"support@{desk}.example",
            subject=f"Letter of {sender}",
            body=f"Something of {sender} does not work.",
        )
        await self._send(letter, desk, sender)
        if self.rng.random() < 0.4 and (answer := await self._answer_to(sender)):
            await self._reply(sender, desk, answer)

    async def _reply(self, sender: str, desk: str, answer: MailMessage) -> None:
        reply = written(
            sender=sender,
            to=f"support@{desk}.example",
            subject=f"Re: {' '.join(answer.subject.split())}",  # it may come folded
            body=f"It still does not, says {sender}.",
            answers=answer,
        )
        found = _PORTAL.search(answer.text or "")
        await self._send(reply, desk, sender, found[1] if found else "")

    async def _send(self, letter: EmailMessage, desk: str, sender: str, ticket: str = "") -> None:
        try:
            await self.post.send(letter, now())
        except (OSError, aiosmtplib.SMTPException) as fault:
            self.journal.fault(f"smtp-{type(fault).__name__}")
            return
        self.journal.post(
            Posted(message_id=letter["Message-ID"], desk=desk, sender=sender, ticket=ticket)
        )

    async def _answer_to(self, sender: str) -> MailMessage | None:
        """The confirmation, as soon as it is there; None: not in time, or nobody needs it."""
        loop = asyncio.get_running_loop()
        bound = loop.time() + ANSWER_SECONDS
        while loop.time() < bound and not self.stopping.is_set():
            try:
                letters = await self.post.inbox(sender)
            except UNREADABLE:
                letters = []
            if letters:
                return letters[0]
            await asyncio.sleep(LOOK_SECONDS)
        return None
