"""Contacts and contents: copies of what intake publishes, erased when intake erases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from reglament.clock import Clock
from reglament.erasing import say_erased
from reglament.events.notifications import CopiesErased
from reglament.events.registry import Actor
from reglament.eventstore.store import EventStore

ACTOR = Actor(kind="system", id="notifier", rule="erasure")

Records = Sequence[tuple[str, dict[str, Any] | None]]

KEEP_CONTACT = """
INSERT INTO contacts (requester, email, name, locale, erased) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (requester) DO UPDATE SET (email, name, locale, erased)
  = (excluded.email, excluded.name, excluded.locale, excluded.erased)"""
# What is erased stays erased, and an older text never takes a newer one's place, in whatever order
# and however often they come.
KEEP_CONTENT = """
INSERT INTO contents (id, version, parts, erased) VALUES ($1, $2, $3::text::jsonb, $4)
ON CONFLICT (id) DO UPDATE SET (version, parts, erased)
  = (greatest(contents.version, excluded.version), excluded.parts, excluded.erased)
WHERE excluded.erased OR (NOT contents.erased AND excluded.version >= contents.version)"""
# The contents that are still on their way too.
ERASE_CONTENTS = """
INSERT INTO contents (id, version, erased) SELECT id, 0, true FROM unnest($1::text[]) AS named (id)
ON CONFLICT (id) DO UPDATE SET (parts, erased) = ('{}', true)"""
ERASE_LETTERS = """
UPDATE letters SET values = '{}', address_hash = NULL
WHERE recipient_kind = 'requester' AND recipient = $1"""
# A letter that is being tried just now is locked, and comes again within a second in any case.
WAKE_BY_RECIPIENT = """
UPDATE letters SET next_at = created_at WHERE id IN (
  SELECT id FROM letters WHERE state = 'waiting' AND recipient = ANY($1)
  ORDER BY id FOR UPDATE SKIP LOCKED)"""
WAKE_BY_CONTENT = """
UPDATE letters SET next_at = created_at WHERE id IN (
  SELECT id FROM letters
  WHERE state = 'waiting' AND (content = ANY($1) OR subject_content = ANY($1))
  ORDER BY id FOR UPDATE SKIP LOCKED)"""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Keeps and erases what intake publishes; says when an erased person's copies are gone."""

    store: EventStore
    now: Clock

    async def keep_contacts(self, connection: Any, records: Records) -> None:
        """The newest state of each contact; letters that wait for one try again.

        An erased one takes along every text that its record names.
        """
        for requester, record in records:
            if record is None:  # of a dead letter, which keeps no personal data
                continue
            erased = "erased_at" in record
            kept = {} if erased else record
            await connection.execute(
                KEEP_CONTACT,
                requester,
                kept.get("email"),
                kept.get("name"),
                kept.get("locale"),
                erased,
            )
            if erased:
                await self._erase(connection, requester, record)
        await connection.execute(WAKE_BY_RECIPIENT, [requester for requester, _ in records])

    async def _erase(self, connection: Any, requester: str, record: Mapping[str, Any]) -> None:
        contents = list(record.get("contents", ()))
        await connection.execute(ERASE_CONTENTS, contents)
        await connection.execute(ERASE_LETTERS, requester)
        if "erasure" not in record:
            return
        said = CopiesErased(
            at=self.now(),
            actor=ACTOR,
            erasure=record["erasure"],
            requester=requester,
            contents=len(contents),
        )
        await say_erased(self.store, connection, said)


async def keep_contents(connection: Any, records: Records) -> None:
    """The newest version of each content; letters that wait for one try again."""
    for content, record in records:
        if record is None:
            continue
        erased = "erased_at" in record
        parts = {} if erased else record
        kept: dict[str, Any] = {n: parts[n] for n in ("subject", "text") if n in parts}
        if names := [str(each.get("name") or "") for each in parts.get("attachments", ())]:
            kept["files"] = names
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
    """A content's parts; {} where there is none to wait for; `{"erased": True}` where it is erased;
    None: not here yet.
    """
    if content is None:
        return {}
    row = await connection.fetchrow(CONTENT, content)
    if row is None or (not row["erased"] and row["version"] < (version or 0)):
        return None
    if row["erased"]:
        return {"erased": True}
    parts: dict[str, Any] = msgspec.json.decode(row["parts"])
    return parts
