"""Which letters an event calls for: one visible table (contract, notifier)."""

from collections.abc import Mapping

from notifier.domain import arrivals, progress
from notifier.domain.letter import Known, Letter, Writer
from reglament.events import credentials, escalations, relations, tickets
from reglament.events.registry import Event

LETTERS: Mapping[type[Event], Writer] = {
    tickets.TicketOpened: arrivals.confirmation,
    tickets.TicketReturned: arrivals.returned,
    tickets.DuplicateJoined: arrivals.duplicate,
    tickets.TicketAccepted: progress.accepted,
    tickets.TicketRefused: arrivals.refused,
    tickets.InfoRequested: progress.information_asked,
    tickets.InfoProvided: progress.resumed,
    tickets.MessageAdded: progress.message,
    tickets.ScheduleChanged: progress.schedule_changed,
    tickets.TicketDeferred: progress.deferred,
    tickets.TicketResumed: progress.in_progress,
    tickets.TicketReopened: progress.in_progress,
    tickets.PriorityChanged: progress.priority_changed,
    tickets.Resolved: progress.resolved,
    tickets.TicketClosed: progress.closed,
    relations.TicketMerged: progress.merged,
    credentials.CredentialsErased: progress.access_erased,
    escalations.Assigned: progress.assigned,
    escalations.Escalated: progress.escalated,
    escalations.EscalationExhausted: progress.escalated,
}


def letters_for(known: Known) -> list[Letter]:
    """Every letter that the event calls for under the desk's policy."""
    writer = LETTERS.get(type(known.envelope.event))
    return [] if writer is None else writer(known, known.envelope.event)
