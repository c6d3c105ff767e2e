"""The state that a ticket's decisions need, folded from its own stream alone.

Who has the ticket is escalation's to say: no rule here depends on it, the view shows it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from reglament.events import credentials, relations, tickets, work
from reglament.events.registry import Event

Phase = Literal[
    "none", "returned", "open", "waiting", "deferred", "resolved", "closed", "refused", "merged"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """phase: semantics 25 without assignment; is_accepted stands beside it, as both may change.

    arrived_at: of the first message, also where that was returned; original_at: whence its clocks
    count; unanswered_since: the oldest message that nobody on the desk's side has answered.
    """

    phase: Phase = "none"
    is_accepted: bool = False
    number: str = ""
    requester: str = ""
    channel: tickets.Channel = "web"
    arrived_at: datetime | None = None
    original_at: datetime | None = None
    unanswered_since: datetime | None = None
    priority: str = ""
    is_priority_confirmed: bool = False  # an engineer has set it, or found it right
    category: str | None = None
    cause: str | None = None
    complexity: str | None = None
    customer: str | None = None
    contract: str | None = None
    service_level: str | None = None
    service_level_rule: str | None = None
    targets: tuple[tickets.OwnTarget, ...] = ()
    department: str | None = None
    message_id: str | None = None
    is_silent: bool = False  # semantics 21: nothing automatic goes back
    maybe_related: str | None = None  # what its letter named, unproven (semantics 19)
    links: frozenset[tuple[str, str]] = frozenset()
    absorbed: frozenset[str] = frozenset()
    credentials: str | None = None
    wants_callback: bool = False
    was_resolved: bool = False
    callbacks: frozenset[str] = frozenset()
    confirmation: Literal["pending", "delivered", "failed"] = "pending"
    delivered_at: datetime | None = None
    reports: frozenset[tuple[str, str]] = frozenset()
    due_at: datetime | None = None
    deferred_until: datetime | None = None


initial_state = Ticket()
CONFIRMATION = "confirmation"  # the code under which the confirmation's delivery is noted


def evolve(state: Ticket, event: Event) -> Ticket:
    """The state after the event. Copies facts; never refuses, never reckons."""
    state = _heard(state, event)
    match event:
        case tickets.TicketOpened() | tickets.TicketReturned():
            return _described(state, event)
        case tickets.TicketAccepted() | tickets.AcceptanceWithdrawn():
            return _acceptance(state, event)
        case tickets.PriorityChanged() | tickets.PriorityConfirmed() | tickets.CategoryChanged():
            return _classified(state, event)
        case tickets.CallbackLogged() | tickets.DeliveryReported():
            return _reached(state, event)
        case tickets.ServiceLevelAssigned():
            return _entitled(state, event)
    return _moved(state, event)


def ends_waiting(event: tickets.MessageAdded) -> bool:
    """Any message of the requester does (semantics 10, 25); a machine's letter does not."""
    return event.author_kind == "requester" and event.visibility == "public" and not event.automatic


def is_answer(event: Event) -> bool:
    """Whether a person on the desk's side spoke to the requester with it (semantics 9)."""
    match event:
        case tickets.MessageAdded():
            by_person = event.author_kind == "engineer" and not event.automatic
            return by_person and event.visibility == "public"
        case tickets.InfoRequested():
            return event.actor.kind == "engineer"
        case tickets.CallbackLogged():
            return event.purpose == "answer"
    return isinstance(event, tickets.Resolved | tickets.TicketClosed)


def _heard(state: Ticket, event: Event) -> Ticket:
    """The oldest unanswered message (semantics 9, next_response; 14)."""
    if is_answer(event):
        return replace(state, unanswered_since=None)
    since = event.at
    match event:
        case tickets.TicketOpened():
            since = event.original_at or event.at
        case tickets.MessageAdded() if ends_waiting(event):
            pass
        case tickets.InfoProvided():
            pass
        case relations.TicketAbsorbed() if event.waiting_since is not None:
            since = min(event.waiting_since, state.unanswered_since or event.waiting_since)
            return replace(state, unanswered_since=since)
        case _:
            return state
    return replace(state, unanswered_since=state.unanswered_since or since)


def _related(state: Ticket, event: Event) -> Ticket:
    match event:
        case relations.TicketLinked():
            return replace(state, links=state.links | {(event.kind, event.to)})
        case relations.TicketMerged():
            return replace(state, phase="merged")
        case relations.TicketAbsorbed():
            return replace(state, absorbed=state.absorbed | {event.absorbed})
        case work.HandedOver() | work.CallbackRequested():
            return _worked(state, event)
        case credentials.CredentialsStored() | credentials.CredentialsErased():
            is_there = isinstance(event, credentials.CredentialsStored)
            return replace(state, credentials=event.credentials if is_there else None)
    return state


def _described(state: Ticket, event: tickets.TicketOpened | tickets.TicketReturned) -> Ticket:
    return replace(
        state,
        phase="open" if isinstance(event, tickets.TicketOpened) else "returned",
        number=event.number,
        requester=event.requester,
        channel=event.channel,
        arrived_at=state.arrived_at or event.at,
        priority=event.priority,
        category=event.category,
        cause=event.cause,
        customer=event.customer,
        contract=event.contract,
        service_level=event.service_level,
        service_level_rule=event.service_level_rule,
        targets=event.targets,
        department=event.department,
        message_id=event.message_id,
        is_silent=event.unanswered,
        maybe_related=event.maybe_related,
        original_at=_original(event),
        wants_callback=event.callback,
    )


def _original(event: tickets.TicketOpened | tickets.TicketReturned) -> datetime:
    said = event.original_at if isinstance(event, tickets.TicketOpened) else None
    return said or event.at


def _acceptance(
    state: Ticket, event: tickets.TicketAccepted | tickets.AcceptanceWithdrawn
) -> Ticket:
    if isinstance(event, tickets.AcceptanceWithdrawn):
        return replace(state, is_accepted=False, confirmation="failed")
    if event.because == "delivered":
        return replace(state, is_accepted=True, confirmation="delivered")
    return replace(state, is_accepted=True)


def _entitled(state: Ticket, event: tickets.ServiceLevelAssigned) -> Ticket:
    return replace(
        state,
        customer=event.customer,
        contract=event.contract,
        service_level=event.service_level,
        service_level_rule=event.rule,
        targets=event.targets,
    )


def _classified(
    state: Ticket,
    event: tickets.PriorityChanged | tickets.PriorityConfirmed | tickets.CategoryChanged,
) -> Ticket:
    if not isinstance(event, tickets.CategoryChanged):
        is_confirmed = event.actor.kind == "engineer"
        return replace(state, priority=event.priority, is_priority_confirmed=is_confirmed)
    return replace(state, category=event.category, cause=event.cause, complexity=event.complexity)


def _reached(state: Ticket, event: tickets.CallbackLogged | tickets.DeliveryReported) -> Ticket:
    if isinstance(event, tickets.CallbackLogged):
        return replace(state, callbacks=state.callbacks | {event.purpose})
    seen = state.reports | {(event.message_id, event.status)}
    if event.status == "delivered" and event.code == CONFIRMATION:
        return replace(state, reports=seen, confirmation="delivered", delivered_at=event.at)
    return replace(state, reports=seen)


def _moved(state: Ticket, event: Event) -> Ticket:
    match event:
        case tickets.InfoRequested():
            return replace(state, phase="waiting")
        case tickets.InfoProvided() | tickets.MessageAdded():
            return replace(state, phase="open") if _ends_waiting(state, event) else state
        case tickets.ScheduleChanged():
            return replace(state, due_at=event.due_at)
        case tickets.TicketDeferred():
            return replace(state, phase="deferred", deferred_until=event.until)
        case tickets.TicketResumed():
            return replace(state, phase="open", deferred_until=None)
    return _ended(state, event)


def _ends_waiting(state: Ticket, event: tickets.InfoProvided | tickets.MessageAdded) -> bool:
    said = isinstance(event, tickets.InfoProvided) or ends_waiting(event)
    return state.phase == "waiting" and said


def _ended(state: Ticket, event: Event) -> Ticket:
    match event:
        case tickets.Resolved():
            return replace(state, phase="resolved", was_resolved=True)
        case tickets.TicketClosed():
            return replace(state, phase="closed")
        case tickets.TicketReopened():
            answered = state.callbacks - {"answer"}
            return replace(state, phase="open", was_resolved=False, callbacks=answered)
        case tickets.TicketRefused():
            return replace(state, phase="refused")
    return _related(state, event)


def _worked(state: Ticket, event: work.HandedOver | work.CallbackRequested) -> Ticket:
    if isinstance(event, work.HandedOver):
        return replace(state, department=event.department)
    return replace(state, wants_callback=True, callbacks=state.callbacks - {"answer"})
