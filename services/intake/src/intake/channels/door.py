"""The door for sites whose mail server delivers directly: LMTP behind it, or SMTP.

Letters are taken for the desks' addresses and their signed reply addresses alone; 250 is said
once they are committed, 451 while they cannot be (the mail server then tries again). A bare line
feed ends nothing (reliability c13): what follows it is still the same letter.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any, Literal

import asyncpg
import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from intake.channels.mail.imap import MailboxAddress
from intake.channels.mail.limits import SIZE_LIMIT
from intake.letters.handed_over import Delivered, take_in
from reglament.clock import Clock
from reglament.failpoints import failpoint
from reglament.mail.addresses import AddressError, checked_spec
from reglament.mail.message_ids import own_reply_address
from reglament.spoken_faults import words_of

TIMEOUT_SECONDS = 60.0
STORE_SECONDS = 20.0
CONNECTION_LIMIT = 20
RECIPIENT_LIMIT = 100
LINE_LIMIT = 1024 * 1024  # many programs write HTML in one line, and no mail server wraps it
TAKEN = "250 2.6.0 stored"
NOT_NOW = "451 4.3.0 not now, try again"
UNKNOWN = "550 5.1.1 no such desk"
MANY = "452 4.5.3 too many recipients"
FULL = b"421 4.3.2 too many connections\r\n"
Protocol = Literal["smtp", "lmtp"]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """What stands behind the door. desks: their mailboxes now; woken: letters are stored."""

    pool: asyncpg.Pool
    desks: Callable[[], Sequence[MailboxAddress]]
    secret: str
    now: Clock
    woken: Callable[[], None]

    def desk_of(self, recipient: str) -> MailboxAddress | None:
        """Whose an address is: a desk's mailbox, or a reply address that we have signed."""
        try:
            address = checked_spec(recipient).casefold()
        except AddressError:
            return None
        if own_reply_address(self.secret, address) is not None:
            local, _, domain = address.rpartition("@")
            address = f"{local.partition('+')[0]}@{domain}"
        return next((box for box in self.desks() if box.address.casefold() == address), None)

    async def take(self, envelope: Envelope, *, vouched: bool) -> str:
        """The answer to a letter: stored for every recipient, or for none."""
        at, sender = self.now(), (envelope.mail_from or "").strip("<>")
        letters = [
            Delivered(
                desk=box.desk,
                mailbox=box.address,
                raw=bytes(envelope.original_content or b""),
                received_at=at,
                sender=sender,
                recipient=recipient,
                vouched=vouched,
            )
            for recipient in envelope.rcpt_tos
            if (box := self.desk_of(recipient)) is not None
        ]
        if len(letters) < len(envelope.rcpt_tos):
            return NOT_NOW  # a desk has changed its address since RCPT
        try:
            await asyncio.wait_for(take_in(self.pool, letters), STORE_SECONDS)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
            _log.warning("letter_not_taken", fault=words_of(fault))
            return NOT_NOW
        await failpoint("mail.after_take_in")
        self.woken()
        return TAKEN


class _Hooks:
    """What aiosmtpd calls."""

    def __init__(self, counter: Counter, *, vouched: bool) -> None:
        self._counter = counter
        self._vouched = vouched

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if len(envelope.rcpt_tos) >= RECIPIENT_LIMIT:
            return MANY
        if self._counter.desk_of(address) is None:
            return UNKNOWN
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        return await self._counter.take(envelope, vouched=self._vouched)

    async def handle_exception(self, error: Exception) -> str:
        _log.error("door_failed", error=words_of(error))
        return NOT_NOW


class _Smtp(SMTP):
    """One connection; no more of them at once than memory bears."""

    line_length_limit = LINE_LIMIT
    command_size_limit = 4096
    opened: set[asyncio.BaseTransport]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.opened.add(transport)
        if len(self.opened) > CONNECTION_LIMIT and isinstance(transport, asyncio.Transport):
            transport.write(FULL)
            transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.opened.discard(self.transport or asyncio.BaseTransport())
        super().connection_lost(error)


class _Lmtp(_Smtp, LMTP):
    """As SMTP, but a letter is answered once for each recipient (RFC 2033, 4.2)."""

    answers = 1

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        self.answers = len(self.envelope.rcpt_tos) if self.envelope and not arg else 1
        try:
            await super().smtp_DATA(arg)
        finally:
            self.answers = 1

    async def push(self, status: str | bytes) -> None:
        text = status.decode() if isinstance(status, bytes) else status
        times = 1 if text.startswith("354") else max(1, self.answers)
        await super().push("\r\n".join([text] * times))


async def open_door(counter: Counter, protocol: Protocol, address: str) -> asyncio.Server:
    """Listens at host:port. What LMTP brings has passed our own mail server; SMTP may be anybody.

    `server.sockets` tell the port where 0 was asked for.
    """
    loop = asyncio.get_running_loop()
    hooks = _Hooks(counter, vouched=protocol == "lmtp")
    opened: set[asyncio.BaseTransport] = set()

    def connection() -> _Smtp:
        made = (_Lmtp if protocol == "lmtp" else _Smtp)(
            hooks,
            data_size_limit=SIZE_LIMIT,
            enable_SMTPUTF8=True,
            ident="Reglament",
            hostname="reglament",
            timeout=TIMEOUT_SECONDS,
            loop=loop,
        )
        made.opened = opened
        return made

    host, _, port = address.rpartition(":")
    return await loop.create_server(connection, host.strip("[]"), int(port))


async def keep_doors(
    counter: Counter, addresses: Sequence[tuple[Protocol, str]], stopping: asyncio.Event
) -> None:
    """Every door open until told to stop. Raises OSError where a port is taken."""
    async with AsyncExitStack() as doors:
        for protocol, address in addresses:
            server = await open_door(counter, protocol, address)
            doors.callback(server.close)
            _log.info("door_open", protocol=protocol, address=address)
        with suppress(asyncio.CancelledError):
            await stopping.wait()
