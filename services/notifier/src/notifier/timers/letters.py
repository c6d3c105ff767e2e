"""Sends letters: claim and commit, send, record (reliability trap 9). At least once, same id."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from notifier.domain.delivery import LETTER_WAITS, wait_before
from notifier.projections import letters as rows
from notifier.timers.composing import Composer, Material, Missing, Suppressed
from notifier.timers.outcomes import Outcomes
from notifier.timers.tracing import span_of_letter
from notifier.transports.smtp import Smtp, Undelivered
from reglament import clock
from reglament.errors import NotYet
from reglament.failpoints import failpoint
from reglament.mail.addresses import AddressError
from reglament.spoken_faults import words_of
from reglament.telemetry import OFF, Tracing

AT_ONCE = 16
FEW, PAUSE_SECONDS = 4, 0.02
PER_DESTINATION = 4
POLL_SECONDS = 0.2
WAITING = timedelta(seconds=1)
BUSY = timedelta(seconds=3)
ALARM_AFTER = timedelta(minutes=5)
log = structlog.get_logger(__name__)


class DestinationBusy(Exception):
    """As many letters as may are on their way to that domain; this one takes its turn later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSender:
    """One replica's sender; any number of them may run.

    A person's letters go one after another, in their order; a slow destination holds at most
    PER_DESTINATION of the AT_ONCE places, so that it delays nobody else's letters.
    holder: this replica's own name; what it held when it was killed is its own again.
    """

    pool: Any
    holder: str
    outcomes: Outcomes
    composer: Composer
    smtp: Smtp
    now: Callable[[], datetime] = clock.now
    tracing: Tracing = OFF
    _running: set[asyncio.Task[None]] = field(default_factory=set)
    _on_the_way: Counter[str] = field(default_factory=Counter)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """A letter may be due: do not wait for the next look. A lost call costs POLL_SECONDS."""
        self._woken.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Send what is due until told to stop; what is on its way then is let finish."""
        await self.outcomes.take_back(self.holder)
        told = asyncio.create_task(stopping.wait())
        told.add_done_callback(lambda _: self.wake())
        try:
            while not stopping.is_set():
                self._woken.clear()
                if await self.start(stopping) == 0:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)
        finally:
            told.cancel()
            await self.settle()
            await self.smtp.close()

    async def turn(self, stopping: asyncio.Event | None = None) -> int:
        """What is due, to its end; how many letters were claimed."""
        count = await self.start(stopping or asyncio.Event())
        await self.settle()
        return count

    async def start(self, stopping: asyncio.Event) -> int:
        """Claim what there is room for and set it on its way; how many were claimed."""
        room, now = await self._room(), self.now()
        async with self.pool.acquire() as connection:
            claimed = await rows.claim(connection, now, room, self.holder)
        if claimed:
            await failpoint("letters.after_claim")
        by_recipient: dict[str, list[rows.Due]] = {}
        for due in claimed:
            by_recipient.setdefault(due.recipient, []).append(due)
        for letters in by_recipient.values():
            self._begin(self._in_order(letters, now + rows.LEASE, stopping))
        return len(claimed)

    async def _room(self) -> int:
        """Places for a few at once, or after a moment for what there is: one is no cheaper."""
        loop = asyncio.get_running_loop()
        bound = loop.time() + PAUSE_SECONDS
        while (room := AT_ONCE - len(self._running)) < FEW:
            left = bound - loop.time()
            if room and left <= 0:
                break
            await asyncio.wait(
                self._running,
                timeout=left if room else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
        return room

    async def settle(self) -> None:
        """Wait for what is on its way: each of its steps is bounded."""
        if self._running:
            await asyncio.wait(self._running)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _in_order(
        self, letters: list[rows.Due], leased_until: datetime, stopping: asyncio.Event
    ) -> None:
        """One person's letters; given back where there is no time left for them."""
        bound = timedelta(seconds=self.smtp.server.bound)
        for index, due in enumerate(letters):
            if stopping.is_set() or self.now() + bound >= leased_until:
                await self.outcomes.give_back(letters[index:])
                return
            with self.tracing.within(span_of_letter(self.tracing, due)):
                await self._try(due)

    async def _try(self, due: rows.Due) -> None:
        try:
            material = await self.composer.gather(due, self.now())
            await self._send(material)
        except (Missing, NotYet) as fault:
            await self._wait(due, str(fault))
        except DestinationBusy:
            await self.outcomes.again(due, "ready", "destination-busy", self.now() + BUSY, 0)
        except Suppressed as fault:
            await self.outcomes.given_up(due, "suppressed", str(fault))
        except (AddressError, ValueError) as fault:
            cause = words_of(fault)
            log.warning("letter_unwritable", letter=due.id, ticket=due.subject, fault=cause)
            await self.outcomes.given_up(due, "failed", "address-malformed")
        except Undelivered as fault:
            await self._undelivered(due, fault)
        except Exception:  # one letter's fault must not hold up the others
            log.exception("letter_unsendable", letter=due.id, ticket=due.subject)
            await self._undelivered(due, Undelivered("internal-fault", final=False))
        else:
            await self.outcomes.sent(due, material.address_hash)

    async def _send(self, material: Material) -> None:
        """Written only once it may go: to a busy domain it comes again and again."""
        domain = material.recipient.rpartition("@")[2]
        if self._on_the_way[domain] >= PER_DESTINATION:
            raise DestinationBusy(domain)
        self._on_the_way[domain] += 1
        try:
            composed = self.composer.write(material, self.now())
            await failpoint("letters.before_send")
            await self.smtp.send(composed.wire, composed.sender, material.recipient)
            await failpoint("letters.after_send")
        finally:
            self._on_the_way[domain] -= 1
            if not self._on_the_way[domain]:
                del self._on_the_way[domain]

    async def _wait(self, due: rows.Due, what: str) -> None:
        now = self.now()
        if now - due.created_at > ALARM_AFTER:
            log.error("letter_waits_too_long", letter=due.id, ticket=due.subject, what=what)
        await self.outcomes.again(due, "waiting", f"waits-for-{what}", now + WAITING, 0)

    async def _undelivered(self, due: rows.Due, fault: Undelivered) -> None:
        pause = wait_before(due.attempt + 1, LETTER_WAITS, due.id)
        if fault.final or pause is None:
            await self.outcomes.given_up(due, "failed", fault.because)
        else:
            await self.outcomes.again(due, "ready", fault.because, self.now() + pause, 1)
