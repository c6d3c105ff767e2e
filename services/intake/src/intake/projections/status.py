"""The status that people see (semantics 25), out of facts that come from two services.

Who has the ticket is escalation's word and may come late: so the status is reckoned from what is
known, and comes out the same in whatever order it became known.
"""

from collections.abc import Mapping
from typing import Any

from reglament.events import relations, tickets
from reglament.events.registry import Event

_PHASES: Mapping[type[Event], str] = {
    tickets.TicketReturned: "returned",
    tickets.TicketOpened: "open",
    tickets.InfoRequested: "waiting",
    tickets.TicketDeferred: "deferred",
    tickets.TicketResumed: "open",
    tickets.Resolved: "resolved",
    tickets.TicketClosed: "closed",
    tickets.TicketReopened: "open",
    tickets.TicketRefused: "refused",
    relations.TicketMerged: "merged",
}


def phase_after(phase: str | None, event: Event) -> str | None:
    """The phase after an event of the Ticket stream."""
    match event:
        case tickets.InfoProvided() if phase == "waiting":
            return "open"
        case tickets.MessageAdded() if phase == "waiting":
            of_requester = event.author_kind == "requester" and event.visibility == "public"
            return "open" if of_requester and not event.automatic else phase
    return _PHASES.get(type(event), phase)


def status_of(row: Mapping[str, Any]) -> str:
    """The status of a row of the ticket view."""
    phase = str(row["phase"])
    if phase != "open":
        return phase
    if row["withdrawn"]:
        return "registered"
    if row["assignee"] or row["worked"]:
        return "in_progress"
    return "accepted" if row["accepted_at"] else "registered"
