"""Sends letters: claim and commit, send, record (reliability trap 9). At least once, same id."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from notifier.domain.commands import NotificationCommand, RecordFailed, RecordSent
from notifier.domain.decider import decider
from notifier.domain.delivery import LETTER_WAITS, wait_before
from notifier.projections import letters as rows
from notifier.timers.composing import Composed, Composer, Missing, Suppressed
from notifier.timers.recording import until_recorded
from notifier.timers.tracing import span_of_letter
from notifier.transports.smtp import Smtp, Undelivered
from reglament import clock, metrics
from reglament.command_handler import Submission, handle
from reglament.errors import NotYet
from reglament.events.registry import Actor
from reglament.eventstore.store import Context, EventStore
from reglament.failpoints import failpoint
from reglament.mail.addresses import AddressError
from reglament.spoken_faults import words_of
from reglament.telemetry import OFF, Tracing, current_traceparent

AT_ONCE = 16
PER_DESTINATION = 4
POLL_SECONDS = 0.2
WAITING = timedelta(seconds=1)
BUSY = timedelta(seconds=3)
ALARM_AFTER = timedelta(minutes=5)
ACTOR = Actor(kind="system", id="notifier", rule="letters")
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
    store: EventStore
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
        await self._execute(rows.TAKE_BACK, self.holder)
        try:
            while not stopping.is_set():
                self._woken.clear()
                if await self.start(stopping) == 0:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)
        finally:
            await self.settle()
            await self.smtp.close()

    async def turn(self, stopping: asyncio.Event | None = None) -> int:
        """What is due, to its end; how many letters were claimed."""
        count = await self.start(stopping or asyncio.Event())
        await self.settle()
        return count

    async def start(self, stopping: asyncio.Event) -> int:
        """Claim what there is room for and set it on its way; how many were claimed."""
        if len(self._running) >= AT_ONCE:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        now, room = self.now(), AT_ONCE - len(self._running)
        async with self.pool.acquire() as connection, connection.transaction():
            claimed = await rows.claim(connection, now, room, self.holder)
        if claimed:
            await failpoint("letters.after_claim")
        by_recipient: dict[str, list[rows.Due]] = {}
        for due in claimed:
            by_recipient.setdefault(due.recipient, []).append(due)
        for letters in by_recipient.values():
            self._begin(self._in_order(letters, now + rows.LEASE, stopping))
        return len(claimed)

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
                await self._give_back(letters[index:])
                return
            with self.tracing.within(span_of_letter(self.tracing, due)):
                await self._try(due)

    async def _give_back(self, letters: list[rows.Due]) -> None:
        epochs = [due.lease_epoch for due in letters]
        await self._execute(rows.GIVE_BACK, [due.id for due in letters], epochs)

    async def _try(self, due: rows.Due) -> None:
        try:
            async with self.pool.acquire() as connection:
                composed = await self.composer.compose(connection, due, self.now())
            await self._send(composed)
        except (Missing, NotYet) as fault:
            await self._wait(due, str(fault))
        except DestinationBusy:
            await self._again(due, "ready", "destination-busy", self.now() + BUSY, 0)
        except Suppressed as fault:
            await self._give_up(due, "suppressed", str(fault))
        except (AddressError, ValueError) as fault:
            cause = words_of(fault)
            log.warning("letter_unwritable", letter=due.id, ticket=due.subject, fault=cause)
            await self._give_up(due, "failed", "address-malformed")
        except Undelivered as fault:
            await self._undelivered(due, fault)
        except Exception:  # one letter's fault must not hold up the others
            log.exception("letter_unsendable", letter=due.id, ticket=due.subject)
            await self._undelivered(due, Undelivered("internal-fault", final=False))
        else:
            await self._sent(due, composed)

    async def _send(self, composed: Composed) -> None:
        domain = composed.recipient.rpartition("@")[2]
        if self._on_the_way[domain] >= PER_DESTINATION:
            raise DestinationBusy(domain)
        self._on_the_way[domain] += 1
        try:
            await failpoint("letters.before_send")
            await self.smtp.send(composed.wire, composed.sender, composed.recipient)
            await failpoint("letters.after_send")
        finally:
            self._on_the_way[domain] -= 1
            if not self._on_the_way[domain]:
                del self._on_the_way[domain]

    async def _wait(self, due: rows.Due, what: str) -> None:
        now = self.now()
        if now - due.created_at > ALARM_AFTER:
            log.error("letter_waits_too_long", letter=due.id, ticket=due.subject, what=what)
        await self._again(due, "waiting", f"waits-for-{what}", now + WAITING, 0)

    async def _undelivered(self, due: rows.Due, fault: Undelivered) -> None:
        pause = wait_before(due.attempt + 1, LETTER_WAITS, due.id)
        if fault.final or pause is None:
            await self._give_up(due, "failed", fault.because)
        else:
            await self._again(due, "ready", fault.because, self.now() + pause, 1)

    async def _again(
        self, due: rows.Due, state: str, because: str, at: datetime, tries: int
    ) -> None:
        values = (due.id, due.lease_epoch, state, because, at, tries)
        await until_recorded(partial(self._execute, rows.AGAIN, *values), rows.LEASE)

    async def _execute(self, statement: str, *values: object) -> None:
        async with self.pool.acquire() as connection:
            await connection.execute(statement, *values)

    async def _sent(self, due: rows.Due, composed: Composed) -> None:
        command = RecordSent(
            at=self.now(),
            actor=ACTOR,
            template=due.template,
            to="engineer" if due.recipient_kind == "engineer" else "requester",
            message_id=due.message_id,
            effect=due.effect,
            answers_update=due.answers_update,
        )
        waited = (command.at - due.created_at).total_seconds()
        metrics.NOTIFICATION_DELAY.observe(max(0.0, waited), metrics.exemplar())
        await self._settle(due, command, ("sent", None, self.now(), composed.address_hash))

    async def _give_up(self, due: rows.Due, state: str, because: str) -> None:
        command = RecordFailed(
            at=self.now(),
            actor=ACTOR,
            template=due.template,
            to="engineer" if due.recipient_kind == "engineer" else "requester",
            message_id=due.message_id,
            because=because,
        )
        await self._settle(due, command, (state, because, self.now(), None))

    async def _settle(
        self, due: rows.Due, command: NotificationCommand, settled: tuple[object, ...]
    ) -> None:
        metrics.NOTIFICATIONS.labels(due.template, str(settled[0])).inc()
        await until_recorded(partial(self._record, due, command, settled), rows.LEASE)

    async def _record(
        self, due: rows.Due, command: NotificationCommand, settled: tuple[object, ...]
    ) -> None:
        """The row and the event in one transaction; a letter of no ticket has only the row."""
        arguments = (due.id, due.lease_epoch, *settled)
        if due.is_ticket:
            appended = await handle(self.store, self._submission(due, command, arguments))
            if appended.envelopes:
                await failpoint("letters.after_settle")
                return
        await self._execute(rows.SETTLE, *([value] for value in arguments))

    def _submission(
        self, due: rows.Due, command: NotificationCommand, settled: tuple[object, ...]
    ) -> Submission[Any, Any]:
        return Submission(
            stream=f"ticket/{due.subject}",
            subject=due.subject,
            desk=due.desk,
            command=command,
            decider_for=lambda _: decider(),
            context=Context(
                recorded_at=self.now(),
                causation_id=due.causation_id,
                correlation_id=due.correlation_id,
                traceparent=current_traceparent() or due.traceparent,
            ),
            policy_version=due.policy_version,
            rows=((rows.SETTLE, settled),),
        )
