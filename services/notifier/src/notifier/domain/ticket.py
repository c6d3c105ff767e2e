"""What letters need to know of a ticket, out of its events. Facts are copied, no more."""

from dataclasses import dataclass, replace

from reglament.events import tickets, work
from reglament.events.registry import ContentRef, Event

HEARD_LIMIT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """heard: the requester's own Message-IDs, oldest first; they hold a mail thread together.

    waiting: information was asked for; resumed: the requester's messages that ended a waiting
    (semantics 10, 25), by message, the newest only. maybe_related: the ticket that its letter
    named, unproven.
    """

    number: str
    requester: str
    content: ContentRef
    priority: str
    callback: bool = False
    heard: tuple[str, ...] = ()
    waiting: bool = False
    resumed: tuple[str, ...] = ()
    maybe_related: str | None = None


def evolve(ticket: Ticket | None, event: Event) -> Ticket | None:
    """The ticket after an event of its stream; None before its first."""
    if isinstance(event, tickets.TicketOpened | tickets.TicketReturned):
        heard = ticket.heard if ticket is not None else ()
        return Ticket(
            number=event.number,
            requester=event.requester,
            content=event.content,
            priority=event.priority,
            callback=event.callback,
            heard=_with(heard, event.message_id),
            maybe_related=event.maybe_related,
        )
    if ticket is None:
        return None
    return _later(ticket, event)


def _later(ticket: Ticket, event: Event) -> Ticket:
    match event:
        case tickets.MessageAdded(author_kind="requester"):
            return _answered(ticket, event)
        case tickets.DuplicateJoined(message_id=message_id):
            return replace(ticket, heard=_with(ticket.heard, message_id))
        case tickets.PriorityChanged(priority=priority):
            return replace(ticket, priority=priority)
        case work.CallbackRequested():
            return replace(ticket, callback=True)
        case (
            tickets.InfoRequested()
            | tickets.InfoProvided()
            | tickets.Resolved()
            | tickets.TicketClosed()
        ):
            return replace(ticket, waiting=isinstance(event, tickets.InfoRequested))
        case _:
            return ticket


def _answered(ticket: Ticket, event: tickets.MessageAdded) -> Ticket:
    heard = _with(ticket.heard, event.message_id)
    if not ticket.waiting or event.automatic:
        return replace(ticket, heard=heard)
    resumed = (*ticket.resumed, event.message)[-HEARD_LIMIT:]
    return replace(ticket, heard=heard, waiting=False, resumed=resumed)


def _with(heard: tuple[str, ...], message_id: str | None) -> tuple[str, ...]:
    """The first one stays, for it is the thread's root; of the others the newest."""
    if message_id is None or message_id in heard:
        return heard
    longer = (*heard, message_id)
    return longer if len(longer) <= HEARD_LIMIT else (longer[0], *longer[-HEARD_LIMIT + 1 :])
