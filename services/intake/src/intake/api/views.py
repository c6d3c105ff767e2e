"""The JSON that people and systems get: rows of the read models with their texts joined."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from reglament.instants import rfc3339
from reglament.projections import Row

Parts = Mapping[tuple[str, int], Mapping[str, Any]]
_PLAIN = (
    "number",
    "desk",
    "status",
    "priority",
    "category",
    "cause",
    "complexity",
    "level",
    "service_level",
    "assignee",
    "department",
    "customer",
    "contract",
    "requester",
    "channel",
    "callback",
    "confirmation",
    "violations",
    "version",
    "links",
    "work",
    "stays",
    "rating",
    "credentials",
)
_TIMES = ("arrived_at", "opened_at", "accepted_at", "deferred_until", "due_at", "updated_at")


def instant(value: str | datetime | None) -> str | None:
    """RFC 3339 in UTC, however the row spells it."""
    if value is None:
        return None
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return rfc3339(at)


def etag_of(row: Row) -> str:
    """`"version.view"` (contract): If-Match compares the version."""
    return f'"{row["version"]}.{row["view"]}"'


def references(row: Row) -> list[tuple[str, int]]:
    """The texts that a ticket's JSON needs."""
    found = [*([row["content"]] if row["content"] else []), *row["provided"]]
    return [(each["id"], each["version"]) for each in found]


def ticket_json(row: Row, parts: Parts) -> dict[str, Any]:
    """The Ticket of the contract. Texts that were erased are null."""
    texts = [parts.get(reference, {}) for reference in references(row)]
    request: Mapping[str, Any] = texts[0] if texts else {}
    described = described_files(parts.values())
    fields: dict[str, Any] = {}
    for text in texts:
        fields |= text.get("fields", {})
    return {
        "id": row["key"],
        **{name: row[name] for name in _PLAIN},
        "erased_at": request.get("erased_at"),
        "subject": request.get("subject"),
        "description": request.get("description"),
        "fields": fields,
        "attachments": [attachment_json(each, described) for each in row["attachments"]],
        **{name: instant(row[name]) for name in _TIMES},
    }


def described_files(parts: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """What contents say of files, by file."""
    return {each["id"]: each for text in parts for each in text.get("attachments", ())}


def attachment_json(
    reference: Mapping[str, Any], described: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """A file: what it is by its content, and what its sender calls it."""
    said = described.get(reference["id"], {})
    return {
        "id": reference["id"],
        "name": said.get("name"),
        "content_type": said.get("content_type"),
        "format": reference["format"],
        "size": reference["size"],
    }


def history_json(row: Mapping[str, Any], parts: Parts) -> dict[str, Any]:
    """A row of the history; `content` is the text that `data` refers to: `{erased_at}` where it was
    erased, null where it is not here (yet).
    """
    shown = {
        "id": row["key"],
        "at": instant(row["at"]),
        "recorded_at": instant(row["recorded_at"]),
        "source": row["source"],
        "type": row["type"],
        "actor": row["actor"],
        "data": row["data"],
        "sequence": row["sequence"],
        "hash": row["hash"],
    }
    reference = reference_of(row)
    if reference is not None:
        shown["content"] = parts.get(reference)
    return shown


def told_json(row: Mapping[str, Any], parts: Parts, trace_url: str | None) -> dict[str, Any]:
    """The same with the way to the trace in which it happened; trace_url: None: to nobody shown."""
    traced = row["trace_id"] if trace_url else None
    shown = trace_url.replace("{trace_id}", traced) if trace_url and traced else None
    return {**history_json(row, parts), "trace_url": shown}


def reference_of(row: Mapping[str, Any]) -> tuple[str, int] | None:
    """The text that an event refers to."""
    content = row["data"].get("content")
    return (content["id"], content["version"]) if content else None


def is_internal(row: Mapping[str, Any]) -> bool:
    """What requesters never see (REM-09)."""
    return bool(row["type"] == "MessageAdded" and row["data"]["visibility"] == "internal")


def is_note(row: Mapping[str, Any]) -> bool:
    """What the desk tells itself about what it does: the fact is everybody's, the words are not."""
    return row["type"] in ("WorkLogged", "HandedOver", "TicketLinked")


SPOKEN = ("MessageAdded", "InfoRequested", "InfoProvided", "Resolved", "DuplicateJoined")


def message_json(row: Mapping[str, Any], parts: Parts) -> dict[str, Any]:
    """What was said in a ticket: messages, questions, what was given in answer, the answer."""
    data, reference = row["data"], reference_of(row)
    text = parts.get(reference, {}) if reference else {}
    described = described_files([text])
    return {
        "id": data.get("message", row["key"]),
        "type": row["type"],
        "at": instant(row["at"]),
        "actor": row["actor"],
        "author_kind": data.get("author_kind", row["actor"]["kind"]),
        "visibility": data.get("visibility", "public"),
        "channel": data.get("channel"),
        "automatic": data.get("automatic", False),
        "erased_at": text.get("erased_at"),
        "body": text.get("text", text.get("description")),
        "items": data.get("items", []),
        "fields": text.get("fields", {}),
        "links": data.get("links", []),
        "attachments": [attachment_json(each, described) for each in data.get("attachments", ())],
    }
