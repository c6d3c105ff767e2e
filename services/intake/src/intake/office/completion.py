"""A returned request with what was missing: the whole of it, judged anew (WIS-06)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from intake.domain.commands import OpenTicket
from intake.domain.facts import Arrival, Entitlement, File, Request
from intake.office.incoming import How, Incoming, Information, Sender, as_file
from intake.personal_data import Contact, Content, Owner, new_content
from reglament.projections import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A returned ticket as it stands: its row of the ticket view, its texts, its contact."""

    row: Row
    parts: Mapping[str, Any]
    contact: Contact


def merged(returned: Returned, information: Information) -> Incoming:
    """The request as a whole: what is said now wins; a text completes a description, or is it."""
    row, parts, contact = returned.row, returned.parts, returned.contact
    return Incoming(
        channel=row["channel"],
        at=information.at,
        sender=Sender(
            email=contact.email,
            name=contact.name,
            phone=information.phone or contact.phone,
            customer=row["customer"],
            callback=row["callback"],
            locale=contact.locale,
        ),
        subject=_subject(returned, information),
        description=parts.get("description") or information.body,
        fields={**parts.get("fields", {}), **information.fields},
        priority=information.priority or _said(row, "priority"),
        category=information.category or row["category"],
        cause=information.cause or _said(row, "cause"),
        files=information.files,
        message_id=information.message_id,
    )


def _subject(returned: Returned, information: Information) -> str:
    """The first subject stays, unless it was what the desk found fault with (MIC-07)."""
    first = str(returned.parts.get("subject") or "")
    is_faulty = any(each.get("field") == "subject" for each in returned.row["violations"])
    return information.subject or first if is_faulty or not first else first


def _said(row: Row, choice: str) -> str | None:
    """A priority that was never given is the desk's default in the row: ask again for it.

    What was wrong is asked for again as well.
    """
    broken = {violation.get("field") for violation in row["violations"]}
    said: str | None = row[choice]
    return None if choice in broken else said


def completed(
    returned: Returned, incoming: Incoming, how: How, entitlement: Entitlement
) -> tuple[OpenTicket, Content]:
    """The command that judges the whole request, and its texts under a new id."""
    row = returned.row
    described = returned.parts.get("attachments", [])
    parts = {
        "subject": incoming.subject,
        "description": incoming.description,
        "fields": dict(incoming.fields),
        "attachments": [*described, *(upload.described for upload in incoming.files)],
    }
    content = new_content(parts, Owner(ticket=row["key"], requester=row["requester"]))
    files = (*_earlier(row, described), *(as_file(upload) for upload in incoming.files))
    command = OpenTicket(
        at=incoming.at,
        actor=how.actor,
        requester=row["requester"],
        content=content.ref,
        request=_request(incoming, files),
        arrival=Arrival(channel=incoming.channel, entered_by=how.entered_by),
        entitlement=entitlement,
        message_id=incoming.message_id,
    )
    return command, content


def _request(incoming: Incoming, files: tuple[File, ...]) -> Request:
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
        files=files,
    )


def _earlier(row: Row, described: Sequence[Mapping[str, Any]]) -> tuple[File, ...]:
    """The files that came before; a wrong one is not held against a request that has a right one
    now: only what still stands counts, so bare wrong images of a returned request are left out.
    """
    packed = {each["id"]: frozenset(each.get("packed", ())) for each in described}
    wrong = {
        violation["field"]
        for violation in row["violations"]
        if violation["rule"] == "attachment-format"
    }
    return tuple(
        File(
            id=each["id"],
            format=each["format"],
            size=each["size"],
            packed=packed.get(each["id"], frozenset()),
        )
        for index, each in enumerate(row["attachments"])
        if f"attachments.{index}" not in wrong
    )
