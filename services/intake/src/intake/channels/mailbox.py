"""The mailbox reader: raw bytes stored and committed, then acknowledged (reliability b2 #17).

One reader a mailbox at a time, by a leased row with an epoch (architecture 12). IDLE wakes it,
polling is the net. A lost connection, a renumbered mailbox, a letter seen twice: nothing is lost,
nothing is stored twice.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import structlog

from intake.channels.mail.imap import FAULTS, ImapSession, MailboxAddress, Unreachable
from intake.letters.store import Lease, LetterStore
from reglament import metrics
from reglament.clock import now
from reglament.failpoints import failpoint
from reglament.spoken_faults import words_of

POLL_SECONDS = 1.5
LEASE_SECONDS = 10.0
RETRY_SECONDS = 2.0
RETRY_LIMIT_SECONDS = 60.0
RECONCILE_SECONDS = 1.0
TIDY_EVERY = timedelta(hours=1)
BATCH = 100

T = TypeVar("T")
_log = structlog.get_logger(__name__)


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)


class MailboxReader:
    """Reads one mailbox for ever. `on_stored` wakes whoever works the letters off.

    keep: how long what is stored here stays in the mailbox too; None: for ever.
    """

    def __init__(
        self,
        server: str,
        mailbox: MailboxAddress,
        store: LetterStore,
        holder: str,
        on_stored: Callable[[], None],
        keep: timedelta | None = None,
    ) -> None:
        self._server = server
        self._mailbox = mailbox
        self._store = store
        self._holder = holder
        self._on_stored = on_stored
        self._keep = keep
        self._session: ImapSession | None = None
        # Its own: readers that wait in IDLE would hold the process's threads, and all else there.
        self._thread = ThreadPoolExecutor(1, f"mailbox-{mailbox.desk}")
        self._batch = BATCH
        self._trying: list[int] = []
        self._lost_at: Counter[int] = Counter()
        self._tidied_at = datetime(1970, 1, 1, tzinfo=UTC)

    async def run(self, stopping: asyncio.Event) -> None:
        """Until told to stop. A fault is noted and tried again, ever later up to a minute."""
        pause = RETRY_SECONDS
        try:
            while not stopping.is_set():
                try:
                    taken = await self.turn()
                    pause = RETRY_SECONDS
                    if not taken:
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
            self._session = await self._in_thread(ImapSession, self._server, self._mailbox)
        session = self._session
        uidvalidity = await self._in_thread(session.select)
        above = lease.read_up_to if lease.uidvalidity == uidvalidity else 0
        uids = await self._in_thread(session.new_uids, above)
        metrics.MAILBOX_UP.labels(self._mailbox.desk).set(1)
        return await self._take(session, lease, uidvalidity, uids)

    async def close(self) -> None:
        """Hang up and give the lease back."""
        self._disconnect()
        self._thread.shutdown(wait=False)
        with contextlib.suppress(Exception):
            await self._store.unlease(self._mailbox.address, self._holder)

    async def _in_thread(self, do: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, do, *arguments)

    async def _take(
        self, session: ImapSession, lease: Lease, uidvalidity: int, uids: Sequence[int]
    ) -> int:
        unknown = await self._store.unknown(lease.mailbox, uidvalidity, uids)
        known = sorted(set(uids) - set(unknown))
        await self._in_thread(session.mark_seen, known)
        wanted = sorted(unknown, key=lambda uid: (self._lost_at[uid], uid))[: self._batch]
        self._trying = wanted
        letters = await self._in_thread(session.fetch, uidvalidity, wanted)
        self._trying, self._batch = [], min(2 * self._batch, BATCH)
        await failpoint("mail.after_fetch")
        if not letters:
            return 0
        left = set(unknown) - {letter.uid for letter in letters}
        up_to = min(left) - 1 if left else max(uids)
        if not await self._store.store(lease, self._mailbox.desk, letters, up_to):
            return 0
        await failpoint("mail.after_store")
        self._on_stored()
        await self._in_thread(session.mark_seen, [letter.uid for letter in letters])
        await failpoint("mail.after_seen")
        return len(letters)

    async def tidy(self) -> None:
        """Once an hour: what is stored here long enough leaves the mailbox, lest it fill up."""
        session = self._session
        if session is None or self._keep is None or now() < self._tidied_at + TIDY_EVERY:
            return
        self._tidied_at = now()
        uidvalidity = await self._in_thread(session.select)
        day = (now() - self._keep).date()
        old = await self._in_thread(session.seen_before, day)
        unknown = await self._store.unknown(self._mailbox.address, uidvalidity, old)
        await self._in_thread(session.remove, sorted(set(old) - set(unknown)))

    async def _wait(self, stopping: asyncio.Event) -> None:
        await self.tidy()
        if self._session is not None and self._session.has_idle:
            await self._in_thread(self._session.wait, POLL_SECONDS)
        else:
            await _pause(stopping, POLL_SECONDS)

    async def _lost(self, error: Exception) -> None:
        """A letter at which the connection breaks again and again holds up no other.

        Fewer are asked for at once, down to one, and it comes last.
        """
        self._lost_at.update(self._trying)
        self._batch = max(1, self._batch // 4)
        self._trying = []
        self._disconnect()
        metrics.MAILBOX_UP.labels(self._mailbox.desk).set(0)
        failure = f"{type(error).__name__}: {error}"[:200]
        cause = words_of(error)
        _log.warning("mailbox_unreadable", mailbox=self._mailbox.address, failure=cause)
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
            _log.error(
                "mailbox_reader_died",
                mailbox=mailbox.address,
                error=words_of(error) if error else None,
            )
        for mailbox in set(self._running) - wanted:
            self._running.pop(mailbox).cancel()
        for mailbox in wanted - set(self._running):
            self._running[mailbox] = asyncio.create_task(self._make(mailbox).run(stopping))
