"""Letters out by SMTP over one kept connection, every step bounded."""

import asyncio
from dataclasses import dataclass
from email.message import EmailMessage

import aiosmtplib

from notifier.domain.delivery import is_final


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """Where and how to hand letters over; seconds: bound of every step."""

    host: str
    port: int
    security: str = "none"
    user: str | None = None
    password: str | None = None
    seconds: float = 20.0


class Undelivered(Exception):
    """The letter was not taken. because: a code; final: trying again is of no use."""

    def __init__(self, because: str, *, final: bool) -> None:
        super().__init__(because)
        self.because, self.final = because, final


class Smtp:
    """One connection, opened at the first letter and after every fault."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._client: aiosmtplib.SMTP | None = None
        self._lock = asyncio.Lock()

    async def send(self, message: EmailMessage, sender: str, recipient: str) -> None:
        """Hand one letter over. Returns when the server has taken it. Raises Undelivered."""
        async with self._lock:
            try:
                async with asyncio.timeout(3 * self._server.seconds):
                    client = await self._connected()
                    await client.send_message(message, sender=sender, recipients=[recipient])
            except aiosmtplib.SMTPRecipientsRefused as fault:
                code = fault.recipients[0].code
                raise Undelivered(f"smtp-{code}", final=is_final(code)) from fault
            except aiosmtplib.SMTPResponseException as fault:
                await self._forget()
                raise Undelivered(f"smtp-{fault.code}", final=is_final(fault.code)) from fault
            except (aiosmtplib.SMTPException, OSError, TimeoutError) as fault:
                await self._forget()
                raise Undelivered("smtp-unreachable", final=False) from fault

    async def close(self) -> None:
        """Say good-bye."""
        async with self._lock:
            await self._forget()

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._client is not None and self._client.is_connected:
            return self._client
        server = self._server
        self._client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            timeout=server.seconds,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            username=server.user,
            password=server.password,
        )
        await self._client.connect()
        return self._client

    async def _forget(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
