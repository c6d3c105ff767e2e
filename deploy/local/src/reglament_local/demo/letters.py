"""Letters as people write and read them: SMTP out, IMAP in, appended at night."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

import aiosmtplib
from imap_tools import MailBoxUnencrypted, MailMessage

from reglament.mail.headers import WIRE

TIMEOUT_SECONDS = 15.0
NOON = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An attachment: name and bytes."""

    name: str
    content: bytes


def written(
    *,
    sender: str,
    to: str,
    subject: str,
    body: str,
    answers: MailMessage | None = None,
    files: tuple[File, ...] = (),
) -> EmailMessage:
    """A letter as a mail program builds it; `answers` sets the thread headers."""
    letter = EmailMessage(policy=WIRE)
    letter["From"], letter["To"], letter["Subject"] = sender, to, subject
    letter["Message-ID"] = make_msgid(domain=sender.partition("@")[2])
    if answers is not None:
        headers = answers.headers
        theirs = headers["message-id"][0].strip()
        said = headers["references"] if "references" in headers else ()  # noqa: SIM401 - untyped
        earlier = " ".join(" ".join(said).split())
        letter["In-Reply-To"], letter["References"] = theirs, f"{earlier} {theirs}".strip()
    letter.set_content(body)
    for file in files:
        letter.add_attachment(
            file.content, maintype="application", subtype="octet-stream", filename=file.name
        )
    return letter


def _host_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """The mail server, from a client's side."""

    smtp: str
    imap: str

    async def send(self, letter: EmailMessage, at: datetime) -> None:
        """Hand a letter to the server."""
        letter["Date"] = format_datetime(at)
        host, port = _host_port(self.smtp)
        await aiosmtplib.send(letter, hostname=host, port=port, timeout=TIMEOUT_SECONDS)

    async def received_at(self, letter: EmailMessage, mailbox: str, at: datetime) -> None:
        """Lay a letter into a mailbox as taken by the server at `at` (its INTERNALDATE)."""
        letter["Date"] = format_datetime(at)
        # The local server takes the hour 12 of a date that it is told for 0.
        shift = timedelta(hours=1) if at.hour == NOON else timedelta()
        told = at.astimezone(timezone((at.utcoffset() or timedelta()) + shift))

        def append() -> None:
            with self._login(mailbox) as box:
                box.append(letter.as_bytes(), "INBOX", dt=told)

        await asyncio.to_thread(append)

    async def inbox(self, address: str) -> list[MailMessage]:
        """Every letter in somebody's mailbox, oldest first."""

        def fetch() -> list[MailMessage]:
            with self._login(address) as box:
                return list(box.fetch(mark_seen=False))

        return await asyncio.to_thread(fetch)

    def _login(self, address: str) -> MailBoxUnencrypted:
        host, port = _host_port(self.imap)
        box = MailBoxUnencrypted(host, port, timeout=TIMEOUT_SECONDS)
        box.login(address, address)
        return box
