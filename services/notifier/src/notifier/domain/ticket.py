"""What letters need to know of a ticket, out of its events. Facts are copied, no more."""

from dataclasses import dataclass, replace

from reglament.events import tickets
from reglament.events.registry import ContentRef, Event

HEARD_LIMIT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """heard: the requester's own Message-IDs, oldest first; they hold a mail thread together."""

    number: str
    requester: str
    content: ContentRef
    priority: str
    callback: bool = False
    heard: tuple[str, ...] = ()


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
        )
    if ticket is None:
        return None
    if isinstance(event, tickets.MessageAdded) and event.author_kind == "requester":
        return replace(ticket, heard=_with(ticket.heard, event.message_id))
    if isinstance(event, tickets.DuplicateJoined):
        return replace(ticket, heard=_with(ticket.heard, event.message_id))
    if isinstance(event, tickets.PriorityChanged):
        return replace(ticket, priority=event.priority)
    return ticket


def _with(heard: tuple[str, ...], message_id: str | None) -> tuple[str, ...]:
    """The first one stays, for it is the thread's root; of the others the newest."""
    if message_id is None or message_id in heard:
        return heard
    longer = (*heard, message_id)
    return longer if len(longer) <= HEARD_LIMIT else (longer[0], *longer[-HEARD_LIMIT + 1 :])
