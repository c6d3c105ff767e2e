"""The Ticket stream's language, said by intake."""

from datetime import datetime
from typing import Literal

import msgspec

from reglament.events.registry import ContentRef, Event, event
from reglament.events.topics import LETTERS, TICKETS

Channel = Literal["web", "email", "phone", "fax", "post", "chat", "messenger"]
Visibility = Literal["public", "internal"]
AuthorKind = Literal["requester", "engineer", "integrator", "system"]


class BrokenRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule that a request broke, in codes only."""

    rule: str
    field: str | None = None
    detail: str | None = None


class OwnTarget(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A target that the customer's contract sets instead of the desk's (MIC-02, RUS-08).

    within/expect as in a policy: `8h`, `10 business days`.
    """

    metric: str
    within: str
    calendar: str | None = None
    expect: str | None = None
    priority: str | None = None


class AttachmentRef(msgspec.Struct, frozen=True, kw_only=True):
    """A file by its content: id, detected format, size in bytes. Its name is content."""

    id: str
    format: str
    size: int


class Request(Event, frozen=True, kw_only=True):
    """What TicketOpened and TicketReturned both say of the request as it came in."""

    number: str = ""  # drawn by the store in the transaction (semantics 18)
    channel: Channel
    requester: str
    content: ContentRef
    priority: str
    category: str | None = None
    cause: str | None = None
    customer: str | None = None
    contract: str | None = None
    service_level: str | None = None
    service_level_rule: str | None = None
    targets: tuple[OwnTarget, ...] = ()
    attachments: tuple[AttachmentRef, ...] = ()
    callback: bool = False
    department: str | None = None
    violations: tuple[BrokenRule, ...] = ()
    message_id: str | None = None  # of the letter it came by, for threading the answer
    unanswered: bool = False  # its letter may not be answered automatically (semantics 21)


@event("TicketOpened", topic=TICKETS)
class TicketOpened(Request, frozen=True, kw_only=True):
    """A request that conforms is registered; of a returned one: the message that completed it.

    Starts the clocks (sla-clock), sends the confirmation (notifier), queues (escalation).
    """

    open_at_arrival: bool = True
    arrived_at: datetime | None = None  # first arrival, where the ticket was returned before
    split_from: str | None = None
    original_at: datetime | None = None
    maybe_related: str | None = None


@event("TicketReturned", topic=TICKETS)
class TicketReturned(Request, frozen=True, kw_only=True):
    """A request is registered but does not conform: returned, no clock starts (WIS-06)."""

    maybe_related: str | None = None


@event("TicketAccepted", topic=TICKETS)
class TicketAccepted(Event, frozen=True, kw_only=True):
    """The desk's condition of acceptance is met (EIL-05, WIS-21)."""

    because: Literal["registered", "delivered", "callback", "agent"]


@event("AcceptanceWithdrawn", topic=TICKETS)
class AcceptanceWithdrawn(Event, frozen=True, kw_only=True):
    """The confirmation turned out not to have been received (WIS-21)."""

    message_id: str | None = None


@event("TicketRefused", topic=TICKETS)
class TicketRefused(Event, frozen=True, kw_only=True):
    """An agent refuses a registered ticket with one of the desk's reasons. Ends all clocks."""

    reason: str


@event("MessageAdded", topic=TICKETS)
class MessageAdded(Event, frozen=True, kw_only=True):
    """A message joins the ticket, from either side. Only a person's public one stops a clock."""

    message: str
    visibility: Visibility
    author_kind: AuthorKind
    channel: Channel
    automatic: bool = False
    content: ContentRef
    attachments: tuple[AttachmentRef, ...] = ()
    message_id: str | None = None


@event("InfoRequested", topic=TICKETS)
class InfoRequested(Event, frozen=True, kw_only=True):
    """The desk asks for more; the ticket waits (EIL-11). `items` are fields or codes."""

    items: tuple[str, ...]
    content: ContentRef | None = None


@event("InfoProvided", topic=TICKETS)
class InfoProvided(Event, frozen=True, kw_only=True):
    """What was asked for has come; ends the waiting."""

    fields: tuple[str, ...] = ()
    content: ContentRef | None = None
    attachments: tuple[AttachmentRef, ...] = ()


@event("PriorityChanged", topic=TICKETS)
class PriorityChanged(Event, frozen=True, kw_only=True):
    """An engineer sets the real priority; targets are computed anew (REM-15)."""

    priority: str
    previous: str
    content: ContentRef | None = None  # the reason, in words


@event("PriorityConfirmed", topic=TICKETS)
class PriorityConfirmed(Event, frozen=True, kw_only=True):
    """An engineer finds the requester's own priority right (RUS-10). No target changes."""

    priority: str
    content: ContentRef | None = None  # the reason, in words


@event("CategoryChanged", topic=TICKETS)
class CategoryChanged(Event, frozen=True, kw_only=True):
    """Category, cause or complexity set by an engineer; targets are computed anew."""

    category: str | None = None
    cause: str | None = None
    complexity: str | None = None
    previous_category: str | None = None
    content: ContentRef | None = None


@event("ServiceLevelAssigned", topic=TICKETS)
class ServiceLevelAssigned(Event, frozen=True, kw_only=True):
    """Customer, contract and service level, found anew (WIS-11)."""

    service_level: str | None = None
    customer: str | None = None
    contract: str | None = None
    targets: tuple[OwnTarget, ...] = ()
    rule: str | None = None


@event("TicketDeferred", topic=TICKETS)
class TicketDeferred(Event, frozen=True, kw_only=True):
    """Put off with one of the desk's reasons."""

    reason: str
    until: datetime | None = None
    content: ContentRef | None = None


@event("TicketResumed", topic=TICKETS)
class TicketResumed(Event, frozen=True, kw_only=True):
    """A deferral ends."""


@event("ScheduleChanged", topic=TICKETS)
class ScheduleChanged(Event, frozen=True, kw_only=True):
    """Another due time, agreed with the client, with one of the desk's reasons (EIL-14/15)."""

    due_at: datetime
    reason: str
    previous_due_at: datetime | None = None
    content: ContentRef | None = None


@event("CallbackLogged", topic=TICKETS)
class CallbackLogged(Event, frozen=True, kw_only=True):
    """An engineer called the client back (EIL-05, EIL-16)."""

    purpose: Literal["confirmation", "answer"]


@event("DeliveryReported", topic=TICKETS)
class DeliveryReported(Event, frozen=True, kw_only=True):
    """A delivery report about one of our letters came into the mailbox."""

    message_id: str
    status: Literal["delivered", "delayed", "failed"]
    code: str | None = None


@event("DuplicateJoined", topic=TICKETS)
class DuplicateJoined(Event, frozen=True, kw_only=True):
    """The same request came again and joined this one (MIC-13)."""

    channel: Channel
    content: ContentRef
    message_id: str | None = None
    unanswered: bool = False


@event("Resolved", topic=TICKETS)
class Resolved(Event, frozen=True, kw_only=True):
    """The answer. Meets handling and resolution, and first_response where it is the first."""

    content: ContentRef
    links: tuple[str, ...] = ()


@event("TicketClosed", topic=TICKETS)
class TicketClosed(Event, frozen=True, kw_only=True):
    """The end; without Resolved it cancels what was not met."""


@event("TicketReopened", topic=TICKETS)
class TicketReopened(Event, frozen=True, kw_only=True):
    """A resolved or closed ticket goes on (semantics 13)."""

    reason: Literal["requester", "agent"]
    content: ContentRef | None = None


@event("LetterRefused", topic=LETTERS)
class LetterRefused(Event, frozen=True, kw_only=True):
    """A letter that registers nothing, with the rules that said so. Key: letter id."""

    requester: str
    violations: tuple[BrokenRule, ...]
    kind: str  # not-entitled | channel-not-accepted | rules-violated
    message_id: str | None = None
