"""People and texts: kept here, published on compacted topics, only referred to by events.

A content is `{id, version, ticket, requester, salt, …parts}`; the parts of a request are subject,
description, fields, attachments, of anything else text and attachments. Its digest is
HMAC-SHA256(salt, parts as JSON with sorted keys) (architecture 5).
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import msgspec

from reglament.errors import NotFound
from reglament.events.registry import ContentRef
from reglament.events.topics import CONTACTS, CONTENTS
from reglament.eventstore.store import Record
from reglament.ids import new_id

Effect = tuple[str, tuple[object, ...]]
_INSERT_CONTENT = """
INSERT INTO contents (id, version, ticket, requester, salt, parts)
SELECT id, version, ticket, requester, salt, parts::jsonb
FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[])
    AS c(id, version, ticket, requester, salt, parts)
"""
# Somebody who asks twice at once says it all in one row: what was said last, of each.
_UPSERT_CONTACT = """
INSERT INTO contacts (requester, desk, email, name, phone, locale)
SELECT requester, max(desk),
    coalesce((array_agg(email ORDER BY nth DESC) FILTER (WHERE email <> ''))[1], ''),
    coalesce((array_agg(name ORDER BY nth DESC) FILTER (WHERE name <> ''))[1], ''),
    (array_agg(phone ORDER BY nth DESC) FILTER (WHERE phone IS NOT NULL))[1],
    (array_agg(locale ORDER BY nth DESC) FILTER (WHERE locale IS NOT NULL))[1]
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    WITH ORDINALITY AS c(requester, desk, email, name, phone, locale, nth)
GROUP BY requester ORDER BY requester
ON CONFLICT (requester) DO UPDATE SET
    email = coalesce(nullif(excluded.email, ''), contacts.email),
    name = coalesce(nullif(excluded.name, ''), contacts.name),
    phone = coalesce(excluded.phone, contacts.phone),
    locale = coalesce(excluded.locale, contacts.locale)
"""
_INSERT_FILE = """
INSERT INTO attachments (ticket, id, format, size, content) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose content it is: of which ticket, written by or for which requester."""

    ticket: str
    requester: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A text on its way in: its reference for the event, its parts, its record, its row."""

    ref: ContentRef
    parts: Mapping[str, Any]
    record: Record
    row: Effect


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """How a requester is reached. The id is a pseudonym of desk and address."""

    requester: str
    desk: str
    email: str
    name: str = ""
    phone: str | None = None
    locale: str | None = None


def digest_of(salt: str, parts: Mapping[str, Any]) -> str:
    """HMAC-SHA256 in hex over the parts, keys sorted."""
    encoded = msgspec.json.encode(parts, order="sorted")
    return hmac.new(bytes.fromhex(salt), encoded, hashlib.sha256).hexdigest()


def new_content(parts: Mapping[str, Any], owner: Owner) -> Content:
    """A content with a fresh id and salt. `parts` must be JSON-able."""
    content_id, version = new_id(), 1
    salt = secrets.token_hex(16)
    ref = ContentRef(id=content_id, version=version, digest=digest_of(salt, parts))
    value = {
        "id": content_id,
        "version": version,
        "ticket": owner.ticket,
        "requester": owner.requester,
        "salt": salt,
        **parts,
    }
    encoded = msgspec.json.encode(parts).decode()
    return Content(
        ref=ref,
        parts=parts,
        record=Record(topic=CONTENTS, key=content_id, value=msgspec.json.encode(value)),
        row=(
            _INSERT_CONTENT,
            (content_id, version, owner.ticket, owner.requester, salt, encoded),
        ),
    )


def contact_effects(contact: Contact) -> tuple[Record, Effect]:
    """The contact's record and its row."""
    record = Record(topic=CONTACTS, key=contact.requester, value=msgspec.json.encode(contact))
    row = (
        contact.requester,
        contact.desk,
        contact.email,
        contact.name,
        contact.phone,
        contact.locale,
    )
    return record, (_UPSERT_CONTACT, row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as it came. id: SHA-256 of the bytes; name and type are the sender's words."""

    id: str
    name: str
    content_type: str | None
    format: str
    packed: frozenset[str]
    content: bytes

    @property
    def described(self) -> dict[str, Any]:
        """What the content keeps of it: names may say who somebody is."""
        return {
            "id": self.id,
            "name": self.name,
            "content_type": self.content_type,
            "packed": sorted(self.packed),
        }


class PersonalData:
    """Reading, and the bytes of files, which are too big to travel with a commit."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        """The pool of intake's own database."""
        self._pool = pool

    async def keep_files(self, ticket: str, uploads: Sequence[Upload]) -> None:
        """The files' bytes, before the event that names them. One not named is never shown."""
        rows = [(ticket, each.id, each.format, len(each.content), each.content) for each in uploads]
        if rows:
            await self._pool.executemany(_INSERT_FILE, rows)

    async def drop_files(self, ticket: str) -> None:
        """Of a ticket that came to nothing."""
        await self._pool.execute("DELETE FROM attachments WHERE ticket = $1", ticket)

    async def file(self, ticket: str, attachment: str) -> tuple[str, bytes]:
        """Format and bytes. Raises NotFound."""
        row = await self._pool.fetchrow(
            "SELECT format, content FROM attachments WHERE ticket = $1 AND id = $2",
            ticket,
            attachment,
        )
        if row is None:
            raise NotFound("attachment", attachment)
        return row["format"], row["content"]

    async def parts(self, refs: Iterable[tuple[str, int]]) -> dict[tuple[str, int], dict[str, Any]]:
        """The contents that are there, by (id, version), in one round trip."""
        wanted = list(dict.fromkeys(refs))
        if not wanted:
            return {}
        rows = await self._pool.fetch(
            "SELECT id, version, parts::text AS parts FROM contents"
            " JOIN unnest($1::text[], $2::int[]) AS wanted (id, version) USING (id, version)",
            [each[0] for each in wanted],
            [each[1] for each in wanted],
        )
        return {(row["id"], row["version"]): msgspec.json.decode(row["parts"]) for row in rows}

    async def named(self, ticket: str) -> dict[str, dict[str, Any]]:
        """What the ticket's contents say of its files, by file."""
        rows = await self._pool.fetch(
            "SELECT parts->>'attachments' AS files FROM contents WHERE ticket = $1"
            " AND jsonb_array_length(parts->'attachments') > 0",
            ticket,
        )
        return {file["id"]: file for row in rows for file in msgspec.json.decode(row["files"])}

    async def contact(self, requester: str) -> Contact | None:
        """How a requester is reached; None: unknown, or erased."""
        row = await self._pool.fetchrow("SELECT * FROM contacts WHERE requester = $1", requester)
        return None if row is None else Contact(**dict(row))
