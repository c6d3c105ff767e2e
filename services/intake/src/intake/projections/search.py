"""Which tickets are wanted, as a condition of SQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

# Of a desk that is not named, nothing. One whose letter came back waits for an agent at once.
_UNCONFIRMED = """status = 'registered' AND accepted_at IS NULL
  AND ${0}::text::jsonb ? desk AND (confirmation IN ('bounced', 'failed')
  OR opened_at <= (${0}::text::jsonb ->> desk)::timestamptz)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which tickets are wanted; None: whatever it is. text: in the subject or the number.

    unconfirmed: by desk, since when a ticket must have waited to be accepted.
    """

    desk: str | None = None
    status: str | None = None
    text: str | None = None
    number: str | None = None
    updated_since: datetime | None = None
    requester: tuple[str, ...] | None = None  # one of these
    customer: str | None = None
    assignee: str | None = None
    unconfirmed: tuple[tuple[str, datetime], ...] | None = None
    only: str | None = None  # this very ticket
    below: str | None = None  # the last id of the page before: newest first


def condition(search: Search) -> tuple[str, list[Any]]:
    """SQL with numbered arguments: no value of a reader's ever stands in the text."""
    people = search.requester or ()
    # Of one person an index has the tickets in the order of the page, of several it has not.
    one = people[0] if len(people) == 1 else None
    asked: list[tuple[str, Any]] = [
        ("desk = ${}", search.desk),
        ("status = ${}", search.status),
        ("number = ${}", search.number),
        ("updated_at >= ${}", search.updated_since),
        ("requester = ${}", one),
        ("requester = ANY(${}::text[])", search.requester if one is None else None),
        ("customer = ${}", search.customer),
        ("assignee = ${}", search.assignee),
        ("key = ${}", search.only),
        ("key < ${}", search.below),
        (_UNCONFIRMED, _by_desk(search.unconfirmed)),
        (
            "(number ILIKE ${0} OR EXISTS (SELECT FROM contents c WHERE c.id = t.content->>'id'"
            " AND c.parts->>'subject' ILIKE ${0}))",
            _pattern(search.text),
        ),
    ]
    wanted = [(text, value) for text, value in asked if value is not None]
    conditions = [text.format(place) for place, (text, _) in enumerate(wanted, start=1)]
    return " AND ".join(conditions) or "true", [value for _, value in wanted]


def _by_desk(since: tuple[tuple[str, datetime], ...] | None) -> str | None:
    said: Mapping[str, datetime] = dict(since or ())
    return None if since is None else msgspec.json.encode(said).decode()


def _pattern(text: str | None) -> str | None:
    if text is None:
        return None
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
