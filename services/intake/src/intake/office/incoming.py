"""What comes in by any channel, before a desk's rules look at it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from intake.domain.facts import EnteredBy, File, Request
from intake.personal_data import Upload
from reglament.events.registry import Actor
from reglament.events.tickets import Channel
from reglament.eventstore.store import Answer, Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who asks. authenticated: by a key or by the mail server; None: nobody says.

    id: who it is known to be; None: whoever has the address, or else the phone.
    """

    email: str
    id: str | None = None
    name: str = ""
    phone: str | None = None
    customer: str | None = None
    callback: bool = False
    locale: str | None = None
    authenticated: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A request as it came. at: when it happened (semantics 23), settled by the channel."""

    channel: Channel
    at: datetime
    sender: Sender
    subject: str = ""
    description: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    priority: str | None = None
    category: str | None = None
    cause: str | None = None
    files: tuple[Upload, ...] = ()
    message_id: str | None = None
    maybe_related: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """What is added to a request that lacked it: by the API, or by a reply."""

    at: datetime
    fields: Mapping[str, Any] = field(default_factory=dict)
    body: str = ""
    files: tuple[Upload, ...] = ()
    subject: str | None = None
    priority: str | None = None
    category: str | None = None
    cause: str | None = None
    phone: str | None = None
    message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """By whom, and in which context, something is done."""

    actor: Actor
    entered_by: EnteredBy
    context: Context
    expected: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a request: its ticket, which is an older one where `is_duplicate`.

    answer: as stored under the Idempotency-Key, where there is one.
    """

    ticket: str
    is_duplicate: bool = False
    is_replayed: bool = False
    answer: Answer | None = None


def as_request(incoming: Incoming) -> Request:
    """What the desk's rules judge."""
    return Request(
        subject=incoming.subject,
        description=incoming.description,
        fields=incoming.fields,
        priority=incoming.priority,
        category=incoming.category,
        cause=incoming.cause,
        name=incoming.sender.name,
        email=incoming.sender.email,
        phone=incoming.sender.phone or "",
        callback=incoming.sender.callback,
        files=tuple(as_file(upload) for upload in incoming.files),
    )


def as_file(upload: Upload) -> File:
    """The file without its bytes."""
    return File(id=upload.id, format=upload.format, size=len(upload.content), packed=upload.packed)


def request_parts(incoming: Incoming) -> dict[str, Any]:
    """The request's texts, as its content keeps them."""
    return {
        "subject": incoming.subject,
        "description": incoming.description,
        "fields": dict(incoming.fields),
        "attachments": [upload.described for upload in incoming.files],
    }


def text_parts(text: str, files: tuple[Upload, ...] = ()) -> dict[str, Any]:
    """Any other text: a message, a note, a reason in words, an answer."""
    return {"text": text, "attachments": [upload.described for upload in files]}
