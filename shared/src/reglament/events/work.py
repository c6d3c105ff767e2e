"""What the Ticket stream says of the work on it: time, departments, calls, rating."""

from reglament.events.registry import ContentRef, Event, event
from reglament.events.topics import TICKETS


@event("WorkLogged", topic=TICKETS)
class WorkLogged(Event, frozen=True, kw_only=True):
    """An engineer worked on the problem, in minutes (REM-08).

    level, department: whose the ticket was then.
    """

    minutes: int
    engineer: str
    level: str | None = None
    department: str | None = None
    content: ContentRef | None = None  # the note, in words


@event("HandedOver", topic=TICKETS)
class HandedOver(Event, frozen=True, kw_only=True):
    """Another department has the ticket now (MIC-06). department None: back at the desk."""

    department: str | None = None
    previous: str | None = None
    content: ContentRef | None = None


@event("CallbackRequested", topic=TICKETS)
class CallbackRequested(Event, frozen=True, kw_only=True):
    """The requester asks to be called, later than in the request (EIL-05, EIL-16)."""


@event("TicketRated", topic=TICKETS)
class TicketRated(Event, frozen=True, kw_only=True):
    """What the requester thinks of the answer: 1 (bad) to 5 (good). A later one replaces it."""

    score: int
    content: ContentRef | None = None
