"""One row a ticket: everything that the Ticket JSON shows, with references to its texts.

Its own events come inline with the commit; escalation's and notifier's come from Kafka, late or
twice: `seen` holds the last sequence of each source, `view` is their sum.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import msgspec

from intake.projections import elsewhere, working
from intake.projections.status import phase_after, status_of
from reglament.events import tickets
from reglament.events.envelope import Envelope
from reglament.events.registry import ContentRef, Event
from reglament.instants import rfc3339
from reglament.projections import Row

HANDLES: tuple[type[Event], ...] = (
    tickets.TicketOpened,
    tickets.TicketReturned,
    tickets.TicketAccepted,
    tickets.AcceptanceWithdrawn,
    tickets.TicketRefused,
    tickets.MessageAdded,
    tickets.InfoRequested,
    tickets.InfoProvided,
    tickets.PriorityChanged,
    tickets.PriorityConfirmed,
    tickets.CategoryChanged,
    tickets.ServiceLevelAssigned,
    tickets.TicketDeferred,
    tickets.TicketResumed,
    tickets.ScheduleChanged,
    tickets.CallbackLogged,
    tickets.DeliveryReported,
    tickets.DuplicateJoined,
    tickets.Resolved,
    tickets.TicketClosed,
    tickets.TicketReopened,
    *working.HANDLES,
    *elsewhere.HANDLES,
)
OWN = "/reglament/intake"
_EMPTY: Mapping[str, Any] = {
    "number": "",
    "phase": "open",
    "status": "registered",
    "worked": False,
    "withdrawn": False,
    "priority": "",
    "category": None,
    "cause": None,
    "complexity": None,
    "level": None,
    "service_level": None,
    "service_level_rule": None,
    "assignee": None,
    "department": None,
    "content": None,
    "provided": [],
    "attachments": [],
    "requester": None,
    "customer": None,
    "contract": None,
    "channel": None,
    "callback": False,
    "confirmation": None,
    "violations": [],
    "links": [],
    "work": [],
    "stays": [],
    "rating": None,
    "credentials": None,
    "arrived_at": None,
    "opened_at": None,
    "accepted_at": None,
    "deferred_until": None,
    "due_at": None,
    "version": 0,
    "view": 0,
    "seen": {},
}


class TicketView:
    """The projection. See the module."""

    name = "ticket_view"
    version = 1
    handles: Collection[type[Event]] = HANDLES

    def keys(self, envelope: Envelope) -> Collection[str]:
        """The ticket's id."""
        return (envelope.subject,)

    def project(self, key: str, row: Row | None, envelope: Envelope) -> Row | None:
        """The row after the event; the same row where it was seen before."""
        before = dict(row) if row is not None else _begun(key, envelope)
        seen = dict(before["seen"])
        if envelope.sequence <= seen.get(envelope.source, 0):
            return row
        seen[envelope.source] = envelope.sequence
        after = {**before, **changes(before, envelope.event), "seen": seen}
        after["view"] = sum(seen.values())
        # Instants come back from the table in another spelling of the same second.
        recorded = rfc3339(envelope.recorded_at)
        after["updated_at"] = max(_spelt(before["updated_at"]), recorded)
        if envelope.source == OWN:
            after["version"] = envelope.sequence
            after["policy_version"] = envelope.policy_version
        return {**after, "status": status_of(after)}


def _spelt(at: str) -> str:
    return rfc3339(datetime.fromisoformat(at))


def _begun(key: str, envelope: Envelope) -> dict[str, Any]:
    return {
        **_EMPTY,
        "key": key,
        "desk": envelope.desk,
        "policy_version": envelope.policy_version,
        "updated_at": rfc3339(envelope.recorded_at),
    }


def changes(row: Mapping[str, Any], event: Event) -> dict[str, Any]:
    """The columns that an event sets."""
    if isinstance(event, elsewhere.HANDLES):
        return elsewhere.changes(event)
    if isinstance(event, working.HANDLES):
        return {"phase": phase_after(row["phase"], event), **working.changes(row, event)}
    return {"phase": phase_after(row["phase"], event), **_own(row, event)}


def _own(row: Mapping[str, Any], event: Event) -> dict[str, Any]:
    match event:
        case tickets.TicketOpened() | tickets.TicketReturned():
            return _described(row, event)
        case tickets.TicketAccepted():
            return {"accepted_at": rfc3339(event.at), "withdrawn": False}
        case tickets.AcceptanceWithdrawn():
            return {"accepted_at": None, "withdrawn": row["accepted_at"] is not None}
        case tickets.MessageAdded() | tickets.InfoProvided():
            return _added(row, event)
        case tickets.TicketResumed() | tickets.TicketReopened():
            return {"worked": True, "deferred_until": None}
    return _facts(row, event)


def _added(
    row: Mapping[str, Any], event: tickets.MessageAdded | tickets.InfoProvided
) -> dict[str, Any]:
    """An internal note's files stay with the note."""
    if isinstance(event, tickets.MessageAdded) and event.visibility == "internal":
        return {}
    files = [*row["attachments"], *msgspec.to_builtins(event.attachments)]
    if not isinstance(event, tickets.InfoProvided) or not event.fields or not event.content:
        return {"attachments": files}
    return {"attachments": files, "provided": [*row["provided"], reference(event.content)]}


def _facts(row: Mapping[str, Any], event: Event) -> dict[str, Any]:
    match event:
        case tickets.PriorityChanged():
            return {"priority": event.priority}
        case tickets.CategoryChanged():
            return _named(event, "category", "cause", "complexity")
        case tickets.ServiceLevelAssigned():
            named = _named(event, "service_level", "customer", "contract")
            return {**named, "service_level_rule": event.rule}
        case tickets.TicketDeferred():
            return {"deferred_until": rfc3339(event.until) if event.until else None}
        case tickets.ScheduleChanged():
            return {"due_at": rfc3339(event.due_at)}
    return {}


def _named(event: Event, *names: str) -> dict[str, Any]:
    return {name: getattr(event, name) for name in names}


def _described(
    row: Mapping[str, Any], event: tickets.TicketOpened | tickets.TicketReturned
) -> dict[str, Any]:
    said = _named(
        event,
        "number",
        "channel",
        "requester",
        "priority",
        "category",
        "cause",
        "customer",
        "contract",
        "service_level",
        "service_level_rule",
        "callback",
        "department",
    )
    is_open = isinstance(event, tickets.TicketOpened)
    return {
        **said,
        "content": reference(event.content),
        "provided": [],
        "attachments": msgspec.to_builtins(event.attachments),
        "violations": msgspec.to_builtins(event.violations),
        "links": working.opening_links(row, event),
        "stays": working.first_stay(row, event),
        "arrived_at": row["arrived_at"] or rfc3339(_arrived(event)),
        "opened_at": rfc3339(event.at) if is_open else None,
    }


def _arrived(event: tickets.TicketOpened | tickets.TicketReturned) -> datetime:
    """A part of an older request arrived with it (semantics 14)."""
    said = event.original_at if isinstance(event, tickets.TicketOpened) else None
    return said or event.at


def reference(content: ContentRef) -> dict[str, Any]:
    """Where the text stands, as a column's value."""
    return {"id": content.id, "version": content.version}
