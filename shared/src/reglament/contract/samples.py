"""An example of every event: plausible values by the fields' names, the same at every run."""

import types
from datetime import UTC, date, datetime
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from reglament.events.registry import Event, EventType

AT = datetime(2026, 11, 23, 7, 15, tzinfo=UTC)
TICKET = "019ab3f2-7c00-7a31-9d0e-5b1f6c2a4e80"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
TEXTS = {
    "absorbed": "019ab3f2-7c00-7a31-9d0e-5b1f6c2a4e81",
    "address": "support@desk.example",
    "assignee": "engineer-7",
    "because": "assignment",
    "calendar": "office",
    "calendar_version": "RU-2026",
    "category": "error",
    "cause": "service_down",
    "children": "019ab3f2-7c00-7a31-9d0e-5b1f6c2a4e82",
    "code": "5.1.1",
    "content": TICKET,
    "contract": "C-2026-17",
    "credentials": "019ab3f2-7c30-7d61-9f2a-3b4c5d6e7f80",
    "customer": "customer-42",
    "department": "support",
    "desk": "desk-1",
    "detail": "missing",
    "digest": DIGEST,
    "effect": "confirmation/019ab3f2",
    "email": "engineer-7@desk.example",
    "engineer": "engineer-7",
    "expect": "5 business days",
    "field": "inn",
    "fields": "steps",
    "format": "png",
    "from_level": "L1",
    "hash": DIGEST,
    "id": "019ab3f2-7c10-7f44-8a1b-0d9c8e7f6a5b",
    "into": "019ab3f2-7c00-7a31-9d0e-5b1f6c2a4e83",
    "inn": "7707083893",
    "items": "steps",
    "key": "019ab3f2-7c20-7b52-b3c4-1e2d3c4b5a69",
    "kind": "rules-violated",
    "languages": "ru",
    "level": "L1",
    "links": "https://desk.example/answers/17",
    "locale": "ru",
    "message_id": "<019ab3f2.confirmation@desk.example>",
    "metric": "first_response",
    "name": "Name 7",
    "notify": "engineer-9",
    "number": "DSK-000017",
    "priority": "critical",
    "previous": "normal",
    "previous_category": "question",
    "qualifications": "exam_l2",
    "reason": "waiting_for_vendor",
    "requester": "4c0d5f9e-2b1a-4e3d-9c8b-7a6f5e4d3c2b",
    "rule": "REM-05",
    "service_level": "commercial",
    "step": "75",
    "subject": "engineer-7",
    "template": "confirmation",
    "to": "019ab3f2-7c00-7a31-9d0e-5b1f6c2a4e84",
    "to_level": "L2",
    "types": "TicketOpened",
    "url": "https://system.example/hooks/desk",
    "within": "8h",
}
PLAIN: dict[Any, Any] = {
    int: 1,
    float: 1.5,
    bool: True,
    datetime: AT,
    date: AT.date(),
    Any: {"name": "Desk"},
}


def sample_event(entry: EventType) -> Event:
    """An instance of the newest version, every field set."""
    return _struct(entry.cls)  # type: ignore[no-any-return]


def _struct(cls: type[msgspec.Struct]) -> Any:
    hints = get_type_hints(cls)
    return cls(**{field: _value(field, hint) for field, hint in hints.items()})


def _value(field: str, hint: Any) -> Any:
    if hint is str or hint in PLAIN:
        return PLAIN.get(hint, TEXTS.get(field, field))
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return arguments[0]
    if origin in (Union, types.UnionType):
        return _value(field, arguments[0])
    if origin is tuple:
        return (_value(field, arguments[0]),)
    if origin is dict:
        return {"desk": "desk-1" if arguments[1] is Any else _value("desk", arguments[1])}
    return _struct(hint)
