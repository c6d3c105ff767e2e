"""Events of other services -> letters, callbacks, bounces, webhooks, in the consumer's transaction.

Which letters: the table LETTERS in domain/letters.py; what else: COMMANDS below.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notifier.domain.arrivals import refusal
from notifier.domain.commands import DueCallback, NotificationCommand, RecordBounced
from notifier.domain.decider import decider
from notifier.domain.letter import Known, Letter
from notifier.domain.letters import LETTERS, letters_for
from notifier.projections import letters as rows
from notifier.projections import webhooks
from notifier.projections.tickets import TicketRow, load_tickets
from reglament import clock, metrics
from reglament.command_handler import Submission, handle_batch
from reglament.errors import NotYet
from reglament.events import tickets, work
from reglament.events.envelope import Envelope
from reglament.events.registry import Actor, Event, by_class
from reglament.events.topics import TICKET_TOPICS
from reglament.mail.message_ids import message_id
from reglament.messaging.consumption import caused_by
from reglament.policy.model import Policy

FED = frozenset(TICKET_TOPICS)


def callback_due(envelope: Envelope, row: TicketRow) -> list[NotificationCommand]:
    """EIL-05, EIL-16: the client asked to be called back."""
    purpose = _PURPOSES[type(envelope.event)]
    if not row.ticket.callback:
        return []
    actor = _system("callback")
    return [DueCallback(at=envelope.at, actor=actor, purpose=purpose)]


_PURPOSES: Mapping[type[Event], Any] = {
    tickets.TicketOpened: "confirmation",
    tickets.Resolved: "answer",
    work.CallbackRequested: "answer",
}
COMMANDS: Mapping[type[Event], Callable[[Envelope, TicketRow], list[NotificationCommand]]] = {
    tickets.TicketOpened: callback_due,
    tickets.Resolved: callback_due,
    work.CallbackRequested: callback_due,
}


def _system(rule: str) -> Actor:
    return Actor(kind="system", id="notifier", rule=rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reactor:
    """secret: signs Message-IDs; policy_of: `(desk, version)` -> the rules, or NotYet."""

    store: Any
    secret: str
    policy_of: Callable[[str, int], Policy]
    newest: Callable[[str], int]

    async def react(self, connection: Any, envelopes: Sequence[Envelope]) -> None:
        """All effects of a batch. Raises NotYet where a ticket or policy is still on its way."""
        fed = [each for each in envelopes if by_class(type(each.event)).topic in FED]
        await webhooks.publish(connection, fed, clock.now())
        known = await load_tickets(connection, [envelope.subject for envelope in envelopes])
        submissions: list[Submission[Any, Any]] = []
        for envelope in envelopes:
            event = envelope.event
            if isinstance(event, tickets.LetterRefused):
                await self._refuse(connection, envelope, event)
            elif isinstance(event, tickets.DeliveryReported):
                submissions += await self._bounce(connection, envelope, event)
            elif type(event) in LETTERS or type(event) in COMMANDS:
                submissions += await self._act(connection, envelope, known)
        if submissions:
            await handle_batch(self.store, connection, submissions)

    async def _act(
        self, connection: Any, envelope: Envelope, known: Mapping[str, TicketRow]
    ) -> list[Submission[Any, Any]]:
        row = known.get(envelope.subject)
        if row is None:
            raise NotYet(f"ticket {envelope.subject}")
        policy = self.policy_of(row.desk, row.policy_version)
        known_now = Known(
            envelope=envelope, ticket=row.ticket, policy=policy, assigned=row.assigned
        )
        for letter in letters_for(known_now):
            await self._write(connection, letter, envelope, row, policy)
        commands = COMMANDS.get(type(envelope.event))
        found = [] if commands is None else commands(envelope, row)
        return [_submission(envelope, command, row.policy_version) for command in found]

    async def _write(
        self, connection: Any, letter: Letter, envelope: Envelope, row: TicketRow, policy: Policy
    ) -> None:
        draft = self._draft(letter, envelope, row.policy_version, policy)
        if draft is not None:
            await rows.make(
                connection, draft, subject_content=row.ticket.content.id, is_ticket=True
            )

    async def _refuse(
        self, connection: Any, envelope: Envelope, event: tickets.LetterRefused
    ) -> None:
        version = envelope.policy_version or self.newest(envelope.desk)
        policy = self.policy_of(envelope.desk, version)
        draft = self._draft(refusal(envelope, event), envelope, version, policy)
        if draft is not None:
            await rows.make(connection, draft, subject_content=None, is_ticket=False)

    def _draft(
        self, letter: Letter, envelope: Envelope, version: int, policy: Policy
    ) -> rows.Draft | None:
        """None: a desk without a mailbox writes no letters."""
        if policy.mailbox is None:
            return None
        return rows.Draft(
            letter=letter,
            envelope=envelope,
            policy_version=version,
            message_id=message_id(
                self.secret,
                ticket=envelope.subject,
                effect=letter.effect,
                domain=policy.mailbox.address.rpartition("@")[2],
            ),
        )

    async def _bounce(
        self, connection: Any, envelope: Envelope, event: tickets.DeliveryReported
    ) -> list[Submission[Any, Any]]:
        """A failure report about one of our letters (semantics 21, WIS-21)."""
        if event.status != "failed":
            return []
        row = await connection.fetchrow(rows.BY_MESSAGE_ID, event.message_id, envelope.subject)
        if row is None:
            return []
        await connection.execute(rows.BOUNCED, event.message_id, event.code)
        metrics.NOTIFICATIONS.labels(row["template"], "bounced").inc()
        command = RecordBounced(
            at=envelope.at,
            actor=_system("delivery-report"),
            template=row["template"],
            to=row["recipient_kind"],
            message_id=event.message_id,
            code=event.code,
        )
        return [_submission(envelope, command, envelope.policy_version)]


def _submission(
    envelope: Envelope, command: NotificationCommand, version: int | None
) -> Submission[Any, Any]:
    return Submission(
        stream=f"ticket/{envelope.subject}",
        subject=envelope.subject,
        desk=envelope.desk,
        command=command,
        decider_for=lambda _: decider(),
        context=caused_by(envelope),
        policy_version=version,
    )
