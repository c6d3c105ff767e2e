"""Everything that can be asked of a ticket. The shell gives times, ids and content references."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from intake.domain.facts import Arrival, Entitlement, Request
from reglament.events.registry import Actor, ContentRef
from reglament.events.tickets import AttachmentRef, AuthorKind, Channel, Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """at: when it happened (semantics 23); actor: who did it (semantics 24)."""

    at: datetime
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTicket(Command):
    """Register a request, return it, or refuse it. Raises Refused; then nothing is registered."""

    requester: str
    content: ContentRef
    request: Request
    arrival: Arrival
    entitlement: Entitlement
    message_id: str | None = None
    maybe_related: str | None = None
    unanswered: bool = False  # semantics 21: nothing automatic goes back


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvideInformation(Command):
    """What was asked for. `completed`: of a returned ticket, the whole request as it is now.

    identified: the customer whom it names, found on the register (WIS-11, MIC-09).
    """

    fields: tuple[str, ...] = ()
    content: ContentRef | None = None
    attachments: tuple[AttachmentRef, ...] = ()
    completed: OpenTicket | None = None
    identified: Entitlement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMessage(Command):
    """A message of either side; an internal one is a note of the desk."""

    message: str
    visibility: Visibility
    author_kind: AuthorKind
    channel: Channel | None = None  # None: the ticket's own
    content: ContentRef
    automatic: bool = False
    attachments: tuple[AttachmentRef, ...] = ()
    message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestInfo(Command):
    """Ask the requester for more; the ticket waits."""

    items: tuple[str, ...]
    content: ContentRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePriority(Command):
    """Set the real priority (REM-15)."""

    priority: str
    content: ContentRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignServiceLevel(Command):
    """Customer and level found anew (WIS-11); `level` is an agent's word and wins."""

    entitlement: Entitlement | None = None
    level: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reclassify(Command):
    """Category, cause, complexity; with `assign` the service level in the same stroke."""

    category: str | None = None
    cause: str | None = None
    complexity: str | None = None
    content: ContentRef | None = None
    assign: AssignServiceLevel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Defer(Command):
    """Put off, with one of the desk's reasons."""

    reason: str
    until: datetime | None = None
    content: ContentRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(Command):
    """End a deferral."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSchedule(Command):
    """Another due time agreed with the client, with one of the desk's reasons (EIL-14, EIL-15).

    standing: the one that holds so far, by the clocks or an earlier agreement.
    """

    due_at: datetime
    reason: str
    standing: datetime | None = None
    content: ContentRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve(Command):
    """The answer."""

    content: ContentRef
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(Command):
    """The end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(Command):
    """A resolved or closed ticket goes on."""

    content: ContentRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse(Command):
    """An agent refuses a registered ticket, with one of the desk's reasons (WIS-02, MIC-14)."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmDelivery(Command):
    """The confirmation was taken by the requester's mail server (EIL-05, WIS-21).

    message_id None: nothing new was heard, but the desk's `after` may be over by now.
    """

    message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawAcceptance(Command):
    """The confirmation turned out not to have been received (WIS-21)."""

    message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDelivery(Command):
    """A delivery report about one of our letters came into the mailbox."""

    message_id: str
    status: Literal["delivered", "delayed", "failed"]
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCallback(Command):
    """An engineer called the client back (EIL-05, EIL-16)."""

    purpose: Literal["confirmation", "answer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinDuplicate(Command):
    """The same request came again (MIC-13)."""

    channel: Channel
    content: ContentRef
    message_id: str | None = None
    unanswered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LogWork(Command):
    """An engineer worked on the problem (REM-08). level: as escalation has it now."""

    minutes: int
    level: str | None = None
    content: ContentRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver(Command):
    """To another department of the desk's; None: back (MIC-06)."""

    department: str | None = None
    content: ContentRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(Command):
    """What the requester thinks of the answer, 1 to 5."""

    score: int
    content: ContentRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCallback(Command):
    """The requester asks to be called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreCredentials(Command):
    """Lend temporary access (WIS-13). credentials: the id of what the sealed store keeps."""

    credentials: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCredentials(Command):
    """The assigned engineer reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawCredentials(Command):
    """Take it back."""


TicketCommand = (
    OpenTicket
    | ProvideInformation
    | AddMessage
    | RequestInfo
    | ChangePriority
    | AssignServiceLevel
    | Reclassify
    | Defer
    | Resume
    | ChangeSchedule
    | Resolve
    | Close
    | Reopen
    | Refuse
    | ConfirmDelivery
    | WithdrawAcceptance
    | ReportDelivery
    | LogCallback
    | JoinDuplicate
    | LogWork
    | HandOver
    | Rate
    | RequestCallback
    | StoreCredentials
    | ReadCredentials
    | WithdrawCredentials
)
