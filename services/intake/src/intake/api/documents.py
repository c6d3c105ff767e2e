"""What answers look like: for the OpenAPI document alone, answers are built from rows."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

Status = Literal[
    "returned",
    "registered",
    "accepted",
    "in_progress",
    "waiting",
    "deferred",
    "resolved",
    "closed",
    "refused",
    "merged",
]


class Violation(BaseModel):
    """A rule that the request breaks."""

    rule: str
    field: str | None = None
    detail: str | None = None


class Attachment(BaseModel):
    """A file: `format` is told by its content, name and type are its sender's words."""

    id: str
    name: str | None
    content_type: str | None
    format: str
    size: int


class LinkedTicket(BaseModel):
    """Another ticket; `kind`: what it is to this one."""

    kind: str
    ticket: str


class Work(BaseModel):
    """Minutes worked by an engineer, at a level, for a department (REM-08)."""

    engineer: str
    level: str | None
    department: str | None
    minutes: int


class Stay(BaseModel):
    """A stay in a department, with the minutes worked there (MIC-06); null: at the desk itself."""

    department: str | None
    since: datetime
    until: datetime | None
    minutes: int


class Ticket(BaseModel):
    """A ticket. `erased_at`: since when its texts are gone; `version` is the Ticket stream's."""

    id: str
    number: str
    desk: str
    status: Status
    priority: str
    category: str | None
    cause: str | None
    complexity: str | None
    level: str | None
    service_level: str | None
    assignee: str | None
    department: str | None
    customer: str | None
    contract: str | None
    requester: str
    channel: str
    callback: bool
    confirmation: Literal["sent", "bounced", "failed"] | None
    violations: list[Violation]
    version: int
    links: list[LinkedTicket]
    work: list[Work]
    stays: list[Stay]
    rating: int | None
    credentials: str | None
    erased_at: datetime | None
    subject: str | None
    description: str | None
    fields: dict[str, Any]
    attachments: list[Attachment]
    arrived_at: datetime
    opened_at: datetime | None
    accepted_at: datetime | None
    deferred_until: datetime | None
    due_at: datetime | None
    updated_at: datetime


class Who(BaseModel):
    """Who did it; `rule`: by which the system acted."""

    kind: Literal["requester", "engineer", "integrator", "system"]
    id: str
    rule: str | None = None


class EventRow(BaseModel):
    """An event. `content`: the text that `data` refers to; `{erased_at}` where it was erased, null
    where it is not here (yet); absent where there is none.
    """

    id: str
    at: datetime
    recorded_at: datetime
    source: str
    type: str
    actor: Who
    data: dict[str, Any]
    sequence: int
    hash: str
    content: dict[str, Any] | None = None


class HistoryRow(EventRow):
    """An event of a ticket's history. `trace_url`: where its trace is shown; null to requesters,
    and where nobody keeps traces.
    """

    trace_url: str | None


class Message(BaseModel):
    """What was said: a message, a question, what was given in answer, the resolution."""

    id: str
    type: str
    at: datetime
    actor: Who
    author_kind: str
    visibility: Literal["public", "internal"]
    channel: str | None
    automatic: bool
    erased_at: datetime | None
    body: str | None
    items: list[str]
    fields: dict[str, Any]
    links: list[str]
    attachments: list[Attachment]


class TicketPage(BaseModel):
    """A page of tickets."""

    items: list[Ticket]
    next_cursor: str | None


class HistoryPage(BaseModel):
    """A page of a ticket's history."""

    items: list[HistoryRow]
    next_cursor: str | None


class MessagePage(BaseModel):
    """A page of what was said."""

    items: list[Message]
    next_cursor: str | None


class FeedRow(EventRow):
    """An event of the pull feed."""

    ticket: str
    desk: str


class Feed(BaseModel):
    """Events in the order in which they became known; `next` is the `after` of the next asking."""

    items: list[FeedRow]
    next: str | None


def says(model: type[BaseModel], status: int = 200) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route."""
    return {status: {"model": model, "description": (model.__doc__ or "").split("\n")[0]}}
