"""What the Ticket stream says of other tickets: split, merged, linked. Said by intake."""

from datetime import datetime
from typing import Literal

from reglament.events.registry import ContentRef, Event, event
from reglament.events.topics import TICKETS

LinkKind = Literal[
    "related",
    "duplicate_of",
    "duplicated_by",
    "blocks",
    "blocked_by",
    "causes",
    "caused_by",
    "continues",
    "continued_by",
]


@event("TicketSplit", topic=TICKETS)
class TicketSplit(Event, frozen=True, kw_only=True):
    """A request of several problems is taken apart (WIS-05, MIC-12). It goes on as the first.

    Each child says `split_from` and `original_at` in its own TicketOpened.
    """

    children: tuple[str, ...]


@event("TicketMerged", topic=TICKETS)
class TicketMerged(Event, frozen=True, kw_only=True):
    """The ticket goes on in another; its clocks end as cancelled (semantics 14)."""

    into: str


@event("TicketAbsorbed", topic=TICKETS)
class TicketAbsorbed(Event, frozen=True, kw_only=True):
    """Another ticket was merged into this one (semantics 14).

    waiting_since: that one's oldest unanswered message, which this one's clock takes over;
    None: it was answered.
    """

    absorbed: str
    waiting_since: datetime | None = None


@event("TicketLinked", topic=TICKETS)
class TicketLinked(Event, frozen=True, kw_only=True):
    """Two tickets have to do with one another; the other one's stream says the inverse."""

    to: str
    kind: LinkKind
    content: ContentRef | None = None
