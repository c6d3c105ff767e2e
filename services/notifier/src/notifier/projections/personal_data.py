"""Contacts and contents: copies of what intake publishes, erased when intake erases."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

Records = Sequence[tuple[str, dict[str, Any] | None]]

KEEP_CONTACT = """
INSERT INTO contacts (requester, email, name, locale, erased) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (requester) DO UPDATE SET (email, name, locale, erased)
  = (excluded.email, excluded.name, excluded.locale, excluded.erased)"""
KEEP_CONTENT = """
INSERT INTO contents (id, version, parts, erased) VALUES ($1, $2, $3::text::jsonb, $4)
ON CONFLICT (id) DO UPDATE SET (version, parts, erased)
  = (greatest(contents.version, excluded.version), excluded.parts, excluded.erased)"""
WAKE_BY_RECIPIENT = """
UPDATE letters SET next_at = created_at WHERE state = 'waiting' AND recipient = ANY($1)"""
WAKE_BY_CONTENT = """
UPDATE letters SET next_at = created_at
WHERE state = 'waiting' AND (content = ANY($1) OR subject_content = ANY($1))"""
CONTACT = "SELECT email, name, locale, erased FROM contacts WHERE requester = $1"
ENGINEER = "SELECT email, name, locale, false AS erased FROM engineers_v1 WHERE key = $1"
CONTENT = "SELECT version, parts::text AS parts, erased FROM contents WHERE id = $1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Whom a letter goes to; erased: nothing is left of the person."""

    email: str = ""
    name: str = ""
    locale: str | None = None
    erased: bool = False


async def keep_contacts(connection: Any, records: Records) -> None:
    """The newest state of each contact; letters that wait for one try again."""
    for requester, record in records:
        erased = record is None or "erased_at" in record
        kept = {} if record is None or erased else record
        await connection.execute(
            KEEP_CONTACT,
            requester,
            kept.get("email"),
            kept.get("name"),
            kept.get("locale"),
            erased,
        )
    await connection.execute(WAKE_BY_RECIPIENT, [requester for requester, _ in records])


async def keep_contents(connection: Any, records: Records) -> None:
    """The newest version of each content; letters that wait for one try again."""
    for content, record in records:
        erased = record is None or "erased_at" in record
        parts = {} if record is None or erased else record
        kept = {name: parts[name] for name in ("subject", "text") if name in parts}
        await connection.execute(
            KEEP_CONTENT,
            content,
            int(parts.get("version", 0)),
            msgspec.json.encode(kept).decode(),
            erased,
        )
    await connection.execute(WAKE_BY_CONTENT, [content for content, _ in records])


async def load_contact(connection: Any, kind: str, recipient: str) -> Contact | None:
    """Requester by id, engineer by desk/id; None: not heard of yet."""
    query = ENGINEER if kind == "engineer" else CONTACT
    row = await connection.fetchrow(query, recipient)
    if row is None:
        return None
    return Contact(
        email=row["email"] or "",
        name=row["name"] or "",
        locale=row["locale"],
        erased=row["erased"],
    )


async def load_parts(
    connection: Any, content: str | None, version: int | None
) -> dict[str, Any] | None:
    """A content's parts; {} where there is none to wait for, or it is erased; None: not here."""
    if content is None:
        return {}
    row = await connection.fetchrow(CONTENT, content)
    if row is None or (not row["erased"] and row["version"] < (version or 0)):
        return None
    parts: dict[str, Any] = msgspec.json.decode(row["parts"])
    return parts
