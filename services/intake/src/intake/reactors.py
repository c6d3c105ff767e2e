"""Events of other services -> commands here. One visible table (architecture 8)."""

from collections.abc import Callable, Mapping, Sequence

from intake.domain.commands import ConfirmDelivery, TicketCommand, WithdrawAcceptance
from intake.domain.ticket import Ticket
from intake.office.office import Office
from intake.office.registration import stream_of
from reglament.command_handler import Submission
from reglament.events.envelope import Envelope
from reglament.events.notifications import (
    NotificationBounced,
    NotificationFailed,
    NotificationSent,
)
from reglament.events.registry import Actor, Event
from reglament.messaging.consumption import Reactions, caused_by

CONFIRMATION = "confirmation"
Notified = NotificationSent | NotificationBounced | NotificationFailed


def confirm(envelope: Envelope, event: Notified) -> list[TicketCommand]:
    """The requester's mail server took the confirmation (EIL-05, WIS-21)."""
    actor = Actor(kind="system", id="intake", rule="acceptance.delivered")
    return [ConfirmDelivery(at=envelope.at, actor=actor, message_id=event.message_id)]


def withdraw(envelope: Envelope, event: Notified) -> list[TicketCommand]:
    """It turned out not to have been received (WIS-21)."""
    actor = Actor(kind="system", id="intake", rule="acceptance.bounced")
    return [WithdrawAcceptance(at=envelope.at, actor=actor, message_id=event.message_id)]


Reaction = Callable[[Envelope, Notified], list[TicketCommand]]
REACTIONS: Mapping[type[Event], Reaction] = {
    NotificationSent: confirm,
    NotificationBounced: withdraw,
    NotificationFailed: withdraw,
}


def commands(envelope: Envelope) -> list[TicketCommand]:
    """What a letter's fate does to its ticket: nothing, unless it was the confirmation."""
    event = envelope.event
    if not isinstance(event, Notified):
        return []
    if event.template != CONFIRMATION or event.to != "requester":
        return []
    return REACTIONS[type(event)](envelope, event)


def reactions_of(office: Office) -> Reactions:
    """The table as the consumer wants it: commands on their tickets' streams."""

    def react(envelope: Envelope) -> Sequence[Submission[TicketCommand, Ticket]]:
        return [
            Submission(
                stream=stream_of(envelope.subject),
                subject=envelope.subject,
                desk=envelope.desk,
                command=command,
                decider_for=office.decider_for(envelope.desk),
                context=caused_by(envelope),
            )
            for command in commands(envelope)
        ]

    return dict.fromkeys(REACTIONS, react)
