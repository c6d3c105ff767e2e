"""Somebody who writes letters to a desk, and reads what comes back."""

from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from imap_tools import MailMessage

from reglament.clock import now
from reglament_local.demo.letters import File, written
from reglament_local.demo.system import Desk

BODY = "Сервер базы данных не отвечает с утра, приложение не работает."


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Somebody who writes to a desk and reads what comes back."""

    desk: Desk
    address: str

    def letter(
        self,
        subject: str,
        *,
        answers: MailMessage | None = None,
        body: str = BODY,
        files: tuple[File, ...] = (),
    ) -> EmailMessage:
        """A letter of this person to the desk."""
        return written(
            sender=self.address,
            to=self.desk.mailbox,
            subject=subject,
            body=body,
            answers=answers,
            files=files,
        )

    async def send(self, letter: EmailMessage) -> None:
        """Hand it to the mail server; a second time as it was the first time."""
        dated = letter["Date"].datetime if letter["Date"] else now()
        del letter["Date"]
        await self.desk.system.post.send(letter, dated)

    async def fates(self, letter: EmailMessage, count: int = 1) -> list[dict[str, Any]]:
        """What became of it, the last received first, once `count` copies have an outcome."""
        path = f"/letters?desk={self.desk.name}&message_id={letter['Message-ID']}"

        async def look() -> list[dict[str, Any]] | None:
            items: list[dict[str, Any]] = (await self.desk.get(path))["items"]
            return items if len([one for one in items if one["outcome"]]) == count else None

        return await self.desk.system.until(look, f"{count} letters with an outcome")

    async def laid_in(self, letter: EmailMessage) -> dict[str, Any]:
        """Lay it into the desk's mailbox with the mail server's own headers; its fate."""
        await self.desk.system.post.received_at(letter, self.desk.mailbox, now())
        (fate,) = await self.fates(letter)
        return fate

    async def sent(self, letter: EmailMessage) -> dict[str, Any]:
        """Send it; what became of it."""
        await self.send(letter)
        (fate,) = await self.fates(letter)
        return fate

    async def answered(self, number: str) -> MailMessage:
        """The first letter back that names the number."""

        async def look() -> MailMessage | None:
            return next((one for one in await self.inbox() if number in one.subject), None)

        return await self.desk.system.until(look, f"a letter back with {number}")

    async def inbox(self) -> list[MailMessage]:
        """All that came back so far."""
        return await self.desk.system.post.inbox(self.address)

    async def received(self, count: int) -> list[MailMessage]:
        """All that came back, once it is at least so many."""

        async def look() -> list[MailMessage] | None:
            found = await self.inbox()
            return found if len(found) >= count else None

        return await self.desk.system.until(look, f"{count} letters back")
