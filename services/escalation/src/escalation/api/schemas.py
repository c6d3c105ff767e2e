"""What the routes take and give."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=100)]
EngineerId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$")]
DeskPath = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
EngineerPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$")]
TicketPath = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


class Asked(BaseModel):
    """A request's body: no key beyond those named."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ClaimAsked(Asked):
    """Who takes the next ticket; level: of another queue than his own level's."""

    engineer: EngineerId
    level: Name | None = None


class AssignmentAsked(Asked):
    """Who gets the ticket."""

    engineer: EngineerId


class EscalationAsked(Asked):
    """Why, in words (kept beside the events), and optionally to which level."""

    reason: Annotated[str, Field(min_length=1, max_length=4000)]
    to: Name | None = None


class EngineerAsked(Asked):
    """An engineer's whole state."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    email: Annotated[str, Field(min_length=3, max_length=320)]
    locale: Annotated[str, Field(pattern=r"^[a-z]{2,3}([_-][A-Za-z]{2,4})?$")] = "en"
    active: bool = True
    level: Name
    languages: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    qualifications: Annotated[tuple[Name, ...], Field(max_length=100)] = ()
    since: date | None = None
    departments: Annotated[tuple[Name, ...], Field(max_length=50)] = ()


class EngineerGiven(BaseModel):
    """An engineer; version is what If-Match compares."""

    id: str
    desk: str
    name: str
    email: str
    locale: str
    active: bool
    level: str
    languages: list[str]
    qualifications: list[str]
    since: date | None
    departments: list[str]
    version: int


class PlaceGiven(BaseModel):
    """A ticket in the queue; rank 0 is handed out first, equal ranks by waiting_since."""

    id: str
    ticket: str
    number: str | None = None
    level: str
    rank: int
    waiting_since: datetime
    department: str | None = None
    priority: str | None = None
    category: str | None = None
    cause: str | None = None


class QueueGiven(BaseModel):
    """A page of the queue."""

    items: list[PlaceGiven]
    next_cursor: str | None


class AssignmentGiven(BaseModel):
    """Who has the ticket; version: of its escalations stream."""

    id: str
    ticket: str
    number: str | None = None
    desk: str
    level: str
    engineer: str | None
    priority: str | None = None
    category: str | None = None
    department: str | None = None
    version: int


class EscalationGiven(BaseModel):
    """One escalation. note: the reason in words, for the desk's own people."""

    at: datetime
    type: Literal["Escalated", "EscalationExhausted"]
    sequence: int
    actor: dict[str, Any]
    cause: str | None = None
    from_level: str | None = None
    to_level: str | None = None
    level: str | None = None
    metric: str | None = None
    cycle: int | None = None
    step: str | None = None
    notify: list[str] = []
    note: str | None = None


class EscalationsGiven(BaseModel):
    """All escalations of a ticket, oldest first."""

    ticket: str
    level: str | None
    engineer: str | None
    version: int
    items: list[EscalationGiven]
