"""A ticket as its escalations stream has it: level, place in the queue, engineer, steps fired."""

from dataclasses import dataclass, replace
from datetime import datetime

from reglament.events.escalations import (
    Assigned,
    Dequeued,
    Escalated,
    EscalationExhausted,
    Queued,
    Unassigned,
)
from reglament.events.registry import Event

Step = tuple[str | None, int | None, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in the queue: what Queued says."""

    level: str
    rank: int
    waiting_since: datetime
    department: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """level None: it has not been at any; fired: metric, cycle and step of every clock's step."""

    level: str | None = None
    place: Place | None = None
    engineer: str | None = None
    fired: frozenset[Step] = frozenset()


def evolve(ticket: Ticket, event: Event) -> Ticket:  # noqa: PLR0911 - one a kind of event
    """The ticket after one of its events."""
    match event:
        case Queued():
            place = Place(
                level=event.level,
                rank=event.rank,
                waiting_since=event.waiting_since,
                department=event.department,
            )
            return replace(ticket, level=event.level, place=place)
        case Assigned():
            return replace(ticket, level=event.level, place=None, engineer=event.engineer)
        case Dequeued():
            return replace(ticket, place=None)
        case Unassigned():
            return replace(ticket, engineer=None)
        case Escalated():
            return _fired(replace(ticket, level=event.to_level, place=None), event)
        case EscalationExhausted():
            return _fired(ticket, event)
        case _:
            return ticket


def _fired(ticket: Ticket, event: Escalated | EscalationExhausted) -> Ticket:
    if event.step is None:
        return ticket
    return replace(ticket, fired=ticket.fired | {(event.metric, event.cycle, event.step)})
