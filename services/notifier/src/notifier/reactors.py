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
from reglament.policy.model import Mailbox, Policy

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
        acting = [each.subject for each in envelopes if _calls_for_something(each)]
        known = await load_tickets(connection, acting) if acting else {}
        submissions: list[Submission[Any, Any]] = []
        drafts: list[rows.Draft] = []
        for envelope in envelopes:
            event = envelope.event
            if isinstance(event, tickets.LetterRefused):
                drafts += self._refuse(envelope, event)
            elif isinstance(event, tickets.DeliveryReported):
                submissions += await self._bounce(connection, envelope, event)
            elif _calls_for_something(envelope):
                row = _row_of(envelope, known)
                drafts += self._letters(envelope, row)
                submissions += _commands(envelope, row)
        if drafts:
            await rows.make(connection, drafts)
        if submissions:
            await handle_batch(self.store, connection, submissions)

    def _letters(self, envelope: Envelope, row: TicketRow) -> list[rows.Draft]:
        """A desk without a mailbox writes none."""
        policy = self.policy_of(row.desk, row.policy_version)
        known = Known(envelope=envelope, ticket=row.ticket, policy=policy, assigned=row.assigned)
        content = row.ticket.content.id
        return [
            self._draft(letter, envelope, row.policy_version, policy.mailbox, content)
            for letter in letters_for(known)
            if policy.mailbox is not None
        ]

    def _refuse(self, envelope: Envelope, event: tickets.LetterRefused) -> list[rows.Draft]:
        """The answer to a letter that became no ticket."""
        version = envelope.policy_version or self.newest(envelope.desk)
        mailbox = self.policy_of(envelope.desk, version).mailbox
        if mailbox is None:
            return []
        return [self._draft(refusal(envelope, event), envelope, version, mailbox, None)]

    def _draft(
        self,
        letter: Letter,
        envelope: Envelope,
        version: int,
        mailbox: Mailbox,
        content: str | None,
    ) -> rows.Draft:
        return rows.Draft(
            letter=letter,
            envelope=envelope,
            policy_version=version,
            message_id=message_id(
                self.secret,
                ticket=envelope.subject,
                effect=letter.effect,
                domain=mailbox.address.rpartition("@")[2],
            ),
            subject_content=content,
            is_ticket=content is not None,
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


def _calls_for_something(envelope: Envelope) -> bool:
    return type(envelope.event) in LETTERS or type(envelope.event) in COMMANDS


def _row_of(envelope: Envelope, known: Mapping[str, TicketRow]) -> TicketRow:
    row = known.get(envelope.subject)
    if row is None:
        raise NotYet(f"ticket {envelope.subject}")
    return row


def _commands(envelope: Envelope, row: TicketRow) -> list[Submission[Any, Any]]:
    commands = COMMANDS.get(type(envelope.event))
    found = [] if commands is None else commands(envelope, row)
    return [_submission(envelope, command, row.policy_version) for command in found]


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
