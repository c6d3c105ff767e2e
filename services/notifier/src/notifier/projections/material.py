"""What letters are made of: one look-up for all letters that wait for theirs at one time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from notifier.domain.ticket import Ticket
from notifier.projections.letters import Due
from reglament.gathering import Gathering
from reglament.kept_plans import keys

LOOK_UP = f"""
SELECT coalesce(c.email, e.email) AS email, coalesce(c.name, e.name) AS name,
  coalesce(c.locale, e.locale) AS locale, coalesce(c.erased, false) AS erased,
  c.requester IS NOT NULL OR e.key IS NOT NULL AS is_known,
  o.version AS opening_version, o.parts::text AS opening, o.erased AS opening_erased,
  p.version AS content_version, p.parts::text AS content, p.erased AS content_erased,
  t.ticket::text AS ticket, r.ticket::text AS related, f.message_id AS first
FROM unnest({keys(1, "text")}, $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
  WITH ORDINALITY AS w (kind, recipient, subject, related, opening, content, place)
LEFT JOIN contacts c ON w.kind <> 'engineer' AND c.requester = w.recipient
LEFT JOIN engineers_v1 e ON w.kind = 'engineer' AND e.key = w.recipient
LEFT JOIN contents o ON o.id = w.opening
LEFT JOIN contents p ON p.id = w.content
LEFT JOIN tickets_v1 t ON t.key = w.subject
LEFT JOIN tickets_v1 r ON r.key = w.related
LEFT JOIN LATERAL (
  SELECT message_id FROM letters
  WHERE subject = w.subject AND recipient_kind = w.kind AND recipient = w.recipient
  ORDER BY id LIMIT 1) f ON true
ORDER BY w.place"""  # noqa: S608
SENT_TO = f"""
SELECT (SELECT count(*) FROM letters WHERE address_hash = w.hash AND state = 'sent'
  AND automatic IS NOT NULL AND settled_at > w.since)
FROM unnest({keys(1, "text")}, $2::timestamptz[]) WITH ORDINALITY AS w (hash, since, place)
ORDER BY w.place"""  # noqa: S608
Parts = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Whom a letter goes to; erased: nothing is left of the person."""

    email: str
    name: str
    locale: str | None
    erased: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is here of a letter's parts.

    contact, opening, content: None: not here yet; a content is {} where there is none to wait
    for, `{"erased": True}` where it is erased. first: the person's first letter of this ticket.
    """

    contact: Contact | None
    opening: Parts | None
    content: Parts | None
    ticket: Ticket | None
    related: Ticket | None
    first: str | None


class Materials:
    """Looks up for whoever waits: a round trip for all of them."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._found = Gathering(self._look_up)
        self._sent = Gathering(self._count)

    async def of(self, due: Due) -> Found:
        """What the letter is made of."""
        return await self._found.ask(due)

    async def sent_to(self, address_hash: str, since: datetime) -> int:
        """How many automatic letters went to the address since then."""
        return await self._sent.ask((address_hash, since))

    async def _look_up(self, letters: Sequence[Due]) -> list[Found | Exception]:
        rows = await self._pool.fetch(
            LOOK_UP,
            [due.recipient_kind for due in letters],
            [due.recipient for due in letters],
            [due.subject for due in letters],
            [due.values.get("related") for due in letters],
            [due.subject_content for due in letters],
            [due.content for due in letters],
        )
        return [_found(due, row) for due, row in zip(letters, rows, strict=True)]

    async def _count(self, asked: Sequence[tuple[str, datetime]]) -> list[int | Exception]:
        rows = await self._pool.fetch(SENT_TO, *map(list, zip(*asked, strict=True)))
        return [row["count"] for row in rows]


def _found(due: Due, row: Any) -> Found:
    return Found(
        contact=_contact(row),
        opening=_parts(row, "opening", due.subject_content, None),
        content=_parts(row, "content", due.content, due.content_version),
        ticket=_ticket(row["ticket"]),
        related=_ticket(row["related"]),
        first=row["first"],
    )


def _contact(row: Any) -> Contact | None:
    if not row["is_known"]:
        return None
    email, name = row["email"] or "", row["name"] or ""
    return Contact(email=email, name=name, locale=row["locale"], erased=row["erased"])


def _parts(row: Any, name: str, content: str | None, version: int | None) -> Parts | None:
    if content is None:
        return {}
    there = row[f"{name}_version"]
    if row[f"{name}_erased"]:
        return {"erased": True}
    if there is None or there < (version or 0):
        return None
    parts: Parts = msgspec.json.decode(row[name])
    return parts


def _ticket(told: str | None) -> Ticket | None:
    return None if told is None else msgspec.json.decode(told, type=Ticket)
