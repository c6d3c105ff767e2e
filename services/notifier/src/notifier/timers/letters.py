"""Sends letters: claim and commit, send, record (reliability trap 9). At least once, same id."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from opentelemetry.trace import SpanKind

from notifier.domain.commands import NotificationCommand, RecordFailed, RecordSent
from notifier.domain.decider import decider
from notifier.domain.delivery import LETTER_WAITS, wait_before
from notifier.projections import letters as rows
from notifier.timers.composing import Composed, Composer, Missing, Suppressed
from notifier.transports.smtp import Smtp, Undelivered
from reglament import clock, metrics
from reglament.command_handler import Submission, handle
from reglament.errors import NotYet
from reglament.events.registry import Actor
from reglament.eventstore.store import Context, EventStore
from reglament.mail.addresses import AddressError
from reglament.telemetry import OFF, Tracing, current_traceparent

BATCH = 20
POLL_SECONDS = 0.2
# With the bound of one sending, 60 s as set, the last letter of a batch ends within its lease.
BATCH_WITHIN = rows.LEASE / 3
WAITING = timedelta(seconds=1)
ALARM_AFTER = timedelta(minutes=5)
ACTOR = Actor(kind="system", id="notifier", rule="letters")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSender:
    """One replica's sender; any number of them may run, each under a `holder` of its own."""

    pool: Any
    holder: str
    store: EventStore
    composer: Composer
    smtp: Smtp
    now: Callable[[], datetime] = clock.now
    tracing: Tracing = OFF

    async def run(self, stopping: asyncio.Event) -> None:
        """Send what is due until told to stop."""
        async with self.pool.acquire() as connection:
            await connection.execute(rows.TAKE_BACK, self.holder)
        try:
            while not stopping.is_set():
                if await self.turn(stopping) == 0:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(stopping.wait(), POLL_SECONDS)
        finally:
            await self.smtp.close()

    async def turn(self, stopping: asyncio.Event | None = None) -> int:
        """One batch; how many were claimed. What is not begun when told to stop is given back."""
        async with self.pool.acquire() as connection, connection.transaction():
            claimed = await rows.claim(connection, self.now(), BATCH, self.holder)
        began = self.now()
        for place, due in enumerate(claimed):
            is_late = self.now() - began > BATCH_WITHIN
            if is_late or (stopping is not None and stopping.is_set()):
                await self._give_back(claimed[place:])
                break
            with self.tracing.span("send letter", SpanKind.CLIENT, due.traceparent) as span:
                span.set_attribute("reglament.template", due.template)
                await self._try(due)
        return len(claimed)

    async def _give_back(self, some: Sequence[rows.Due]) -> None:
        """Before their lease ends: a slow mail server must not make two senders of one letter."""
        ids, epochs = [due.id for due in some], [due.lease_epoch for due in some]
        async with self.pool.acquire() as connection:
            await connection.execute(rows.GIVE_BACK, ids, epochs)

    async def _try(self, due: rows.Due) -> None:
        try:
            async with self.pool.acquire() as connection:
                composed = await self.composer.compose(connection, due, self.now())
            await self.smtp.send(composed.message, composed.sender, composed.recipient)
        except (Missing, NotYet) as fault:
            await self._wait(due, str(fault))
        except Suppressed as fault:
            await self._give_up(due, "suppressed", str(fault))
        except (AddressError, ValueError) as fault:
            log.warning("letter_unwritable", letter=due.id, ticket=due.subject, fault=str(fault))
            await self._give_up(due, "failed", "address-malformed")
        except Undelivered as fault:
            await self._undelivered(due, fault)
        except Exception:  # one letter's fault must not hold up the others
            log.exception("letter_unsendable", letter=due.id, ticket=due.subject)
            await self._undelivered(due, Undelivered("internal-fault", final=False))
        else:
            await self._sent(due, composed)

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
        async with self.pool.acquire() as connection:
            await connection.execute(rows.AGAIN, due.id, due.lease_epoch, state, because, at, tries)

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
        """The row and the event in one transaction; a letter of no ticket has only the row."""
        arguments = (due.id, due.lease_epoch, *settled)
        metrics.NOTIFICATIONS.labels(due.template, str(settled[0])).inc()
        if due.is_ticket:
            appended = await handle(
                self.store, self._submission(due, command, ((rows.SETTLE, arguments),))
            )
            if appended.envelopes:
                return
        async with self.pool.acquire() as connection:
            await connection.execute(rows.SETTLE, *arguments)

    def _submission(
        self,
        due: rows.Due,
        command: NotificationCommand,
        effects: tuple[tuple[str, tuple[object, ...]], ...],
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
            rows=effects,
        )
