"""The bodies that people and systems send: read once, here; unknown keys are errors."""

import base64
import binascii
from datetime import datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
)

from intake.domain.facts import TEXT_LIMIT
from reglament.events.relations import LinkKind
from reglament.events.tickets import Channel, Visibility
from reglament.http.parameters import UUID_PATTERN

FIRST_YEAR, LAST_YEAR = 2000, 2100


def storable(text: str) -> str:
    """PostgreSQL and JSON readers stumble over NUL."""
    if "\x00" in text:
        raise ValueError("NUL characters are not text")
    return text


def _decoded(value: object) -> object:
    if isinstance(value, bytes):  # of a form: JSON has no bytes
        return value
    if not isinstance(value, str):
        raise ValueError("base64 text is expected")  # noqa: TRY004 - a fault of the body
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise ValueError("not base64") from fault


def _sensible(at: datetime) -> datetime:
    if not FIRST_YEAR <= at.year < LAST_YEAR:
        raise ValueError(f"outside of {FIRST_YEAR} to {LAST_YEAR}")
    return at


Text = Annotated[str, Field(max_length=TEXT_LIMIT), AfterValidator(storable)]
Words = Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT), AfterValidator(storable)]
Line = Annotated[str, Field(max_length=1000), AfterValidator(storable)]
Code = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(storable)]
Instant = Annotated[AwareDatetime, AfterValidator(_sensible)]
Bytes = Annotated[bytes, BeforeValidator(_decoded)]
FieldName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]
FieldValue = Text | bool | int | float
Fields = Annotated[dict[FieldName, FieldValue], Field(max_length=100)]


class Body(BaseModel):
    """A body: frozen, no key beyond those named."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NewFile(Body):
    """A file, base64. Its format is told by its content, whatever name and type say."""

    name: Annotated[str, Field(min_length=1, max_length=255), AfterValidator(storable)]
    content_type: Annotated[str, Field(max_length=255), AfterValidator(storable)] | None = None
    content: Bytes = Field(json_schema_extra={"type": "string", "contentEncoding": "base64"})


Files = Annotated[tuple[NewFile, ...], Field(max_length=50)]


class NewRequester(Body):
    """Who asks, and how they are reached. `callback`: asks to be called (EIL-05)."""

    name: Line = ""
    email: Annotated[str, Field(max_length=320), AfterValidator(storable)] = ""
    phone: Annotated[str, Field(max_length=64), AfterValidator(storable)] | None = None
    customer: Code | None = None
    callback: bool = False
    locale: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = None


class NewTicket(Body):
    """A request. What a desk asks for is its policy's to say: missing parts are violations.

    received_at: when it arrived; believed only from an agent, never in the future.
    """

    channel: Channel
    subject: Line = ""
    description: Text = ""
    priority: Code | None = None
    category: Code | None = None
    cause: Code | None = None
    requester: NewRequester
    fields: Fields = {}
    attachments: Files = ()
    received_at: Instant | None = None


class NewMessage(Body):
    """A message; an internal one is the desk's own. at: believed only from an agent."""

    body: Words
    visibility: Visibility = "public"
    channel: Channel | None = None
    at: Instant | None = None
    attachments: Files = ()


class NewInfoRequest(Body):
    """What is asked of the requester: fields' names, or codes."""

    items: Annotated[tuple[Code, ...], Field(min_length=1, max_length=50)]
    note: Text | None = None


class NewInformation(Body):
    """What was asked for; of a returned request also the choices that it lacked."""

    fields: Fields = {}
    body: Text = ""
    attachments: Files = ()
    priority: Code | None = None
    category: Code | None = None
    cause: Code | None = None


class NewPriority(Body):
    """The real priority, with the reason in words."""

    priority: Code
    reason: Words


Complexity = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]


class NewClassification(Body):
    """What an engineer found it to be. Names only what changes."""

    category: Code | None = None
    cause: Code | None = None
    complexity: Complexity | None = None
    service_level: Code | None = None
    customer: Code | None = None
    reason: Words


class NewDeferral(Body):
    """Put off, with one of the desk's reasons."""

    reason: Code
    note: Text | None = None
    until: Instant | None = None


class NewSchedule(Body):
    """Another due time, agreed with the client, with one of the desk's reasons."""

    due_at: Instant
    reason: Code
    note: Text | None = None


class NewReopening(Body):
    """Why it goes on, in words."""

    reason: Words


class NewRefusal(Body):
    """One of the desk's reasons."""

    reason: Code


class NewCallback(Body):
    """A call that was made. made_at: believed only from an agent."""

    purpose: Literal["confirmation", "answer"]
    made_at: Instant | None = None


class NewPart(Body):
    """One problem of a request, as it is to be called and described."""

    subject: Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(storable)]
    description: Words


class NewSplit(Body):
    """The problems that become tickets of their own. The first stays with this one."""

    parts: Annotated[tuple[NewPart, ...], Field(min_length=1, max_length=20)]


class NewMerge(Body):
    """The ticket, of the same desk, in which this one goes on."""

    into: Annotated[str, Field(pattern=UUID_PATTERN)]


class NewLink(Body):
    """What this ticket is to the other one."""

    to: Annotated[str, Field(pattern=UUID_PATTERN)]
    kind: LinkKind = "related"
    note: Text | None = None


class NewWork(Body):
    """Minutes that the caller worked on the problem, at most a day's."""

    minutes: Annotated[int, Field(ge=1, le=1440)]
    note: Text | None = None
    at: Instant | None = None


class NewHandover(Body):
    """One of the desk's departments; null: back to the desk."""

    department: Code | None
    note: Text | None = None


class NewRating(Body):
    """1 (bad) to 5 (good)."""

    score: Annotated[int, Field(ge=1, le=5)]
    note: Text | None = None


class Nothing(Body):
    """An empty body."""
