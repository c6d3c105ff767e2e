"""The mailbox reader: raw bytes stored and committed, then acknowledged (reliability b2 #17).

One reader a mailbox at a time, by a leased row with an epoch (architecture 12). IDLE wakes it,
polling is the net. A lost connection, a renumbered mailbox, a letter seen twice: nothing is lost,
nothing is stored twice.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence

import structlog

from intake.channels.mail.imap import FAULTS, ImapSession, MailboxAddress, Unreachable
from intake.letters.store import Lease, LetterStore
from reglament import metrics
from reglament.failpoints import failpoint

POLL_SECONDS = 1.5
LEASE_SECONDS = 10.0
RETRY_SECONDS = 2.0
RETRY_LIMIT_SECONDS = 60.0
RECONCILE_SECONDS = 1.0
BATCH = 50

_log = structlog.get_logger(__name__)


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)


class MailboxReader:
    """Reads one mailbox for ever. `on_stored` wakes whoever works the letters off."""

    def __init__(
        self,
        server: str,
        mailbox: MailboxAddress,
        store: LetterStore,
        holder: str,
        on_stored: Callable[[], None],
    ) -> None:
        self._server = server
        self._mailbox = mailbox
        self._store = store
        self._holder = holder
        self._on_stored = on_stored
        self._session: ImapSession | None = None

    async def run(self, stopping: asyncio.Event) -> None:
        """Until told to stop. A fault is noted and tried again, ever later up to a minute."""
        pause = RETRY_SECONDS
        try:
            while not stopping.is_set():
                try:
                    await self.turn()
                    pause = RETRY_SECONDS
                    await self._wait(stopping)
                except (*FAULTS, Unreachable) as error:
                    await self._lost(error)
                    await _pause(stopping, pause)
                    pause = min(2 * pause, RETRY_LIMIT_SECONDS)
        finally:
            await self.close()

    async def turn(self) -> int:
        """One look into the mailbox; how many letters were stored. Without the lease: none."""
        lease = await self._store.lease(self._mailbox.address, self._holder, LEASE_SECONDS)
        if lease is None:
            self._disconnect()
            return 0
        if self._session is None:
            self._session = await asyncio.to_thread(ImapSession, self._server, self._mailbox)
        session = self._session
        uidvalidity = await asyncio.to_thread(session.select)
        above = lease.read_up_to if lease.uidvalidity == uidvalidity else 0
        uids = await asyncio.to_thread(session.new_uids, above)
        metrics.MAILBOX_UP.labels(self._mailbox.desk).set(1)
        return await self._take(session, lease, uidvalidity, uids[:BATCH])

    async def close(self) -> None:
        """Hang up and give the lease back."""
        self._disconnect()
        with contextlib.suppress(Exception):
            await self._store.unlease(self._mailbox.address, self._holder)

    async def _take(
        self, session: ImapSession, lease: Lease, uidvalidity: int, uids: Sequence[int]
    ) -> int:
        unknown = await self._store.unknown(lease.mailbox, uidvalidity, uids)
        known = sorted(set(uids) - set(unknown))
        await asyncio.to_thread(session.mark_seen, known)
        for uid in unknown:
            letter = await asyncio.to_thread(session.fetch, uidvalidity, uid)
            await failpoint("mail.after_fetch")
            if letter is None:
                continue
            if not await self._store.store(lease, self._mailbox.desk, letter):
                return 0
            await failpoint("mail.after_store")
            self._on_stored()
            await asyncio.to_thread(session.mark_seen, [uid])
            await failpoint("mail.after_seen")
        return len(unknown)

    async def _wait(self, stopping: asyncio.Event) -> None:
        if self._session is not None and self._session.has_idle:
            await asyncio.to_thread(self._session.wait, POLL_SECONDS)
        else:
            await _pause(stopping, POLL_SECONDS)

    async def _lost(self, error: Exception) -> None:
        self._disconnect()
        metrics.MAILBOX_UP.labels(self._mailbox.desk).set(0)
        failure = f"{type(error).__name__}: {error}"[:200]
        _log.warning("mailbox_unreadable", mailbox=self._mailbox.address, failure=failure)
        with contextlib.suppress(OSError):
            await self._store.failed(self._mailbox.address, self._holder, failure)

    def _disconnect(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()


class Mailboxes:
    """A reader for each desk's mailbox; desks published while running get theirs too."""

    def __init__(
        self,
        addresses: Callable[[], Sequence[MailboxAddress]],
        make_reader: Callable[[MailboxAddress], MailboxReader],
    ) -> None:
        self._addresses = addresses
        self._make = make_reader
        self._running: dict[MailboxAddress, asyncio.Task[None]] = {}

    async def run(self, stopping: asyncio.Event) -> None:
        """Until told to stop: start what is new, stop what is gone, restart what has died."""
        try:
            while not stopping.is_set():
                self._reconcile(set(self._addresses()), stopping)
                await _pause(stopping, RECONCILE_SECONDS)
            await asyncio.gather(*self._running.values(), return_exceptions=True)
        finally:
            tasks = list(self._running.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _reconcile(self, wanted: set[MailboxAddress], stopping: asyncio.Event) -> None:
        for mailbox in [box for box, task in self._running.items() if task.done()]:
            error = self._running.pop(mailbox).exception()
            _log.error("mailbox_reader_died", mailbox=mailbox.address, error=repr(error))
        for mailbox in set(self._running) - wanted:
            self._running.pop(mailbox).cancel()
        for mailbox in wanted - set(self._running):
            self._running[mailbox] = asyncio.create_task(self._make(mailbox).run(stopping))
