"""What other services' events say of a ticket, as far as queues care. Facts are copied, no more."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reglament.events import relations, tickets, work
from reglament.events.registry import Event
from reglament.policy.model import Policy

ENDS = (
    tickets.Resolved,
    tickets.TicketClosed,
    tickets.TicketRefused,
    relations.TicketMerged,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """arrived_at: when the request came as it stands (semantics 9): its place among equals.

    confirmed: an engineer has set the priority himself, or found it right (RUS-10).
    """

    number: str = ""
    requester: str = ""
    priority: str
    cause: str | None = None
    category: str | None = None
    department: str | None = None
    arrived_at: datetime
    registered: bool = False
    accepted: bool = False
    ended: bool = False
    confirmed: bool = False


def evolve(facts: Facts | None, event: Event) -> Facts | None:
    """The facts after an event of the Ticket stream; None before its first."""
    if isinstance(event, tickets.TicketOpened | tickets.TicketReturned):
        return Facts(
            number=event.number,
            requester=event.requester,
            priority=event.priority,
            category=event.category,
            cause=event.cause,
            department=event.department,
            arrived_at=_arrived(event),
            registered=isinstance(event, tickets.TicketOpened),
        )
    return None if facts is None else _later(facts, event)


def _arrived(event: tickets.TicketOpened | tickets.TicketReturned) -> datetime:
    """A part of an older request has that one's place (semantics 14)."""
    original = event.original_at if isinstance(event, tickets.TicketOpened) else None
    return original or event.at


def _later(facts: Facts, event: Event) -> Facts:
    return replace(facts, **_changes(facts, event))


def _changes(facts: Facts, event: Event) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    match event:
        case tickets.TicketAccepted():
            changes = {"accepted": True}
        case tickets.AcceptanceWithdrawn():
            changes = {"accepted": False}
        case tickets.PriorityChanged() | tickets.PriorityConfirmed():
            is_confirmed = event.actor.kind == "engineer"
            changes = {"priority": event.priority, "confirmed": is_confirmed}
        case tickets.CategoryChanged(category=category, cause=cause):
            changes = {"category": category or facts.category, "cause": cause or facts.cause}
        case work.HandedOver(department=department):
            changes = {"department": department}
        case _ if isinstance(event, ENDS):
            changes = {"ended": True}
        case tickets.TicketReopened(at=at):
            changes = {"ended": False, "arrived_at": at}
    return changes


def is_queueable(facts: Facts, policy: Policy) -> bool:
    """Whether the desk's queue hands such a ticket out (policy: queue.from)."""
    if facts.ended or not facts.registered:
        return False
    return facts.accepted or policy.queue.from_ == "registered"
