"""What another service's event makes sla-clock do: look at the ticket's clocks again."""

from collections.abc import Sequence
from typing import Any

from reglament.events import escalations, notifications, relations, tickets, work
from reglament.events.envelope import Envelope
from reglament.events.registry import Event
from reglament.messaging.consumption import caused_by
from sla_clock.judging import Judging, Look

REACTIONS: tuple[type[Event], ...] = (
    tickets.TicketOpened,
    tickets.TicketReturned,
    tickets.TicketAccepted,
    tickets.AcceptanceWithdrawn,
    tickets.TicketRefused,
    tickets.MessageAdded,
    tickets.InfoRequested,
    tickets.InfoProvided,
    tickets.PriorityChanged,
    tickets.CategoryChanged,
    tickets.ServiceLevelAssigned,
    tickets.TicketDeferred,
    tickets.TicketResumed,
    tickets.ScheduleChanged,
    tickets.CallbackLogged,
    tickets.Resolved,
    tickets.TicketClosed,
    tickets.TicketReopened,
    relations.TicketMerged,
    relations.TicketAbsorbed,
    work.HandedOver,
    escalations.Assigned,
    notifications.NotificationSent,
)


def react_with(judging: Judging) -> Any:
    """`Consumption.react`: every ticket that a batch touches is looked at once."""

    async def react(connection: Any, envelopes: Sequence[Envelope]) -> None:
        newest = {
            envelope.subject: envelope
            for envelope in envelopes
            if isinstance(envelope.event, REACTIONS)
        }
        looks = [
            Look(ticket=ticket, context=caused_by(envelope), because=envelope.type)
            for ticket, envelope in newest.items()
        ]
        if looks:
            await judging.judge(connection, looks)

    return react
