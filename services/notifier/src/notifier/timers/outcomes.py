"""What became of a letter that was tried: recorded under its lease's epoch, and in its ticket."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from notifier.domain.commands import NotificationCommand, RecordFailed, RecordSent
from notifier.domain.decider import decider
from notifier.projections import letters as rows
from notifier.timers.recording import until_recorded
from reglament import clock, metrics
from reglament.command_handler import Submission, handle
from reglament.events.registry import Actor
from reglament.eventstore.store import Context, EventStore
from reglament.failpoints import failpoint
from reglament.telemetry import current_traceparent

ACTOR = Actor(kind="system", id="notifier", rule="letters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """Records through faults of the database that pass, for as long as the lease lasts."""

    pool: Any
    store: EventStore
    now: Callable[[], datetime] = clock.now

    async def take_back(self, holder: str) -> None:
        """What this replica held when it was killed is its own again."""
        await self._execute(rows.TAKE_BACK, holder)

    async def give_back(self, letters: Sequence[rows.Due]) -> None:
        """Nobody's, untried."""
        epochs = [due.lease_epoch for due in letters]
        await self._execute(rows.GIVE_BACK, [due.id for due in letters], epochs)

    async def again(
        self, due: rows.Due, state: str, because: str, at: datetime, tries: int
    ) -> None:
        """It comes again at `at`; tries: how many it has used up."""
        values = (due.id, due.lease_epoch, state, because, at, tries)
        await until_recorded(partial(self._execute, rows.AGAIN, *values), rows.LEASE)

    async def _execute(self, statement: str, *values: object) -> None:
        async with self.pool.acquire() as connection:
            await connection.execute(statement, *values)

    async def sent(self, due: rows.Due, address_hash: str) -> None:
        """The mail server has it."""
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
        await self._settle(due, command, ("sent", None, self.now(), address_hash))

    async def given_up(self, due: rows.Due, state: str, because: str) -> None:
        """It is not tried any more: `failed` or `suppressed`."""
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
