"""What the routes take and give."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from reglament.events import escalations, notifications, sla, tickets
from reglament.events.registry import all_types
from reglament.events.topics import TICKET_TOPICS
from reglament.policy.letters import LetterName, Locale

# Named, so that their events are registered.
LANGUAGE = (tickets, sla, escalations, notifications)
FED = frozenset(kind.name for kind in all_types() if kind.topic in TICKET_TOPICS)


def _fed(name: str) -> str:
    """A misspelt type would never be heard of."""
    if name not in FED:
        raise ValueError("no event of that name goes to subscribers")
    return name


Url = Annotated[str, Field(min_length=8, max_length=2000, pattern=r"^https?://\S+$")]
Types = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]{2,63}$"), AfterValidator(_fed)], ...],
    Field(max_length=64),
]
IdPath = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


DeskPath = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]


class Asked(BaseModel):
    """A request's body: no key beyond those named."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SubscriptionAsked(Asked):
    """A new subscription. types: names of events, none: all; secret: `whsec_…`, made if absent."""

    url: Url
    desk: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
    types: Types = ()
    secret: Annotated[str, Field(max_length=120)] | None = None


class SubscriptionChange(Asked):
    """What is not said stays as it was."""

    url: Url | None = None
    types: Types | None = None
    active: bool | None = None
    secret: Annotated[str, Field(max_length=120)] | None = None


class ReplayAsked(Asked):
    """Send again everything that was recorded since then."""

    since: Annotated[datetime, Field(alias="from")]


class ReplayGiven(BaseModel):
    """How many events are on their way again."""

    events: int


class RotationAsked(Asked):
    """Another secret, made if absent; for `overlap_hours` the one before signs as well."""

    secret: Annotated[str, Field(max_length=120)] | None = None
    overlap_hours: Annotated[int, Field(ge=0, le=168)] = 24


class RotationGiven(BaseModel):
    """The new secret, which no other answer shows; until when both sign."""

    secret: str
    previous_until: datetime


class DeliveryStarted(BaseModel):
    """A delivery that is on its way; what becomes of it: `…/deliveries`."""

    id: int


class SubscriptionGiven(BaseModel):
    """A subscription; secret only in the answer that makes it."""

    id: str
    desk: str
    url: str
    types: list[str]
    active: bool
    version: int
    secret: str | None = None


class SubscriptionsGiven(BaseModel):
    """A page of subscriptions."""

    items: list[SubscriptionGiven]
    next_cursor: str | None


class DeliveryGiven(BaseModel):
    """One event on its way to one subscription."""

    id: int
    event: str
    type: str
    ticket: str
    state: Literal["ready", "sent", "failed", "suppressed"]
    attempt: int
    status: int | None
    because: str | None
    created_at: datetime
    next_at: datetime | None
    settled_at: datetime | None


class DeliveriesGiven(BaseModel):
    """A page of deliveries, newest first."""

    items: list[DeliveryGiven]
    next_cursor: str | None


class NotificationGiven(BaseModel):
    """One letter or webhook: when, to whom, what became of it."""

    kind: Literal["letter", "webhook"]
    template: str
    to: Literal["requester", "engineer", "subscription"]
    recipient: str
    state: Literal["ready", "waiting", "sent", "failed", "suppressed", "bounced"]
    because: str | None
    attempt: int
    message_id: str | None
    status: int | None
    created_at: datetime
    settled_at: datetime | None


class NotificationsGiven(BaseModel):
    """All of a ticket's, oldest first."""

    ticket: str
    items: list[NotificationGiven]


class LetterKind(BaseModel):
    """A letter; own: the languages in which the desk has worded it itself."""

    template: LetterName
    own: list[Locale]


class LettersGiven(BaseModel):
    """All letters that there are."""

    items: list[LetterKind]


class PreviewGiven(BaseModel):
    """A letter about a sample request."""

    template: LetterName
    locale: Locale
    own: bool
    sender: Annotated[str, Field(alias="from")]
    subject: str
    text: str
    html: str


class LetterTry(Asked):
    """Who gets the letter; in the desk's language unless another is said."""

    to: Annotated[str, Field(min_length=3, max_length=320)]
    locale: Locale | None = None


class LetterTried(BaseModel):
    """The mail server has taken it."""

    message_id: str
    to: str
    subject: str
