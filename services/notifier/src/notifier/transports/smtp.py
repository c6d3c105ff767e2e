"""Letters out by SMTP: a few connections, kept for a while, every step bounded."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiosmtplib

from notifier.domain.delivery import is_final

CONNECTIONS = 16
IDLE_SECONDS = 10.0  # servers hang up on those who say nothing for longer


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """Where and how to hand letters over; seconds: bound of every step."""

    host: str
    port: int
    security: str = "none"
    user: str | None = None
    password: str | None = None
    seconds: float = 20.0

    @property
    def bound(self) -> float:
        """How long one letter may take in all, seconds."""
        return 3 * self.seconds


class Undelivered(Exception):
    """The letter was not taken. because: a code; final: trying again is of no use."""

    def __init__(self, because: str, *, final: bool) -> None:
        super().__init__(because)
        self.because, self.final = because, final


class Smtp:
    """At most CONNECTIONS letters at once; what fails on the way closes its connection."""

    def __init__(self, server: SmtpServer) -> None:
        self.server = server
        self._idle: list[tuple[float, aiosmtplib.SMTP]] = []
        self._room = asyncio.Semaphore(CONNECTIONS)

    async def send(self, wire: bytes, sender: str, recipient: str) -> None:
        """Hand one letter over. Returns when the server has taken it. Raises Undelivered.

        Only what the server says of this letter or its recipient is final; what it says of us
        (greeting, log-in, sender) is a matter of settings, and the letter waits.
        """
        async with self._room:
            try:
                async with asyncio.timeout(self.server.bound), self._connection() as client:
                    await client.sendmail(sender, [recipient], wire)
            except aiosmtplib.SMTPRecipientsRefused as fault:
                code = fault.recipients[0].code
                raise Undelivered(f"smtp-{code}", final=is_final(code)) from fault
            except aiosmtplib.SMTPSenderRefused as fault:
                raise Undelivered(f"smtp-sender-{fault.code}", final=False) from fault
            except aiosmtplib.SMTPResponseException as fault:
                raise Undelivered(f"smtp-{fault.code}", final=is_final(fault.code)) from fault
            except (aiosmtplib.SMTPException, OSError, TimeoutError) as fault:
                raise Undelivered("smtp-unreachable", final=False) from fault

    async def close(self) -> None:
        """Hang up."""
        while self._idle:
            self._idle.pop()[1].close()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[aiosmtplib.SMTP]:
        client = self._kept() or await self._connected()
        try:
            yield client
        except aiosmtplib.SMTPRecipientsRefused:
            self._keep(client)  # the letter is at fault, and the connection was reset
            raise
        except BaseException:
            client.close()
            raise
        self._keep(client)

    def _kept(self) -> aiosmtplib.SMTP | None:
        while self._idle:
            since, client = self._idle.pop()
            if client.is_connected and time.monotonic() - since < IDLE_SECONDS:
                return client
            client.close()
        return None

    def _keep(self, client: aiosmtplib.SMTP) -> None:
        if client.is_connected:
            self._idle.append((time.monotonic(), client))

    async def _connected(self) -> aiosmtplib.SMTP:
        server = self.server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            timeout=server.seconds,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            username=server.user,
            password=server.password,
        )
        try:
            await client.connect()
        except aiosmtplib.SMTPResponseException as fault:
            client.close()
            raise Undelivered(f"smtp-connect-{fault.code}", final=False) from fault
        except BaseException:
            client.close()
            raise
        return client
