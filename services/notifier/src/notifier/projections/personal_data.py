"""Contacts and contents: copies of what intake publishes, erased when intake erases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from reglament.clock import Clock
from reglament.erasing import say_erased
from reglament.events.notifications import CopiesErased
from reglament.events.registry import Actor
from reglament.eventstore.store import EventStore

ACTOR = Actor(kind="system", id="notifier", rule="erasure")

Records = Sequence[tuple[str, dict[str, Any] | None]]

KEEP_CONTACT = """
INSERT INTO contacts (requester, email, name, locale, erased)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[])
ON CONFLICT (requester) DO UPDATE SET (email, name, locale, erased)
  = (excluded.email, excluded.name, excluded.locale, excluded.erased)"""
# What is erased stays erased, and an older text never takes a newer one's place, in whatever order
# and however often they come.
KEEP_CONTENT = """
INSERT INTO contents (id, version, parts, erased)
SELECT id, version, parts::jsonb, erased
FROM unnest($1::text[], $2::int[], $3::text[], $4::boolean[]) AS k (id, version, parts, erased)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Keeps and erases what intake publishes; says when an erased person's copies are gone."""

    store: EventStore
    now: Clock

    async def keep_contacts(self, connection: Any, records: Records) -> None:
        """The newest state of each contact; letters that wait for one try again.

        An erased one takes along every text that its record names.
        """
        # A record without a state is of a dead letter, which keeps no personal data.
        known = {requester: record for requester, record in records if record is not None}
        if known:
            rows = [_contact(requester, record) for requester, record in known.items()]
            await connection.execute(KEEP_CONTACT, *zip(*rows, strict=True))
        for requester, record in records:
            if record is not None and "erased_at" in record:
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


def _contact(requester: str, record: Mapping[str, Any]) -> tuple[object, ...]:
    kept = {} if "erased_at" in record else record
    said = (kept.get(name) for name in ("email", "name", "locale"))
    return (requester, *said, "erased_at" in record)


async def keep_contents(connection: Any, records: Records) -> None:
    """The newest version of each content; letters that wait for one try again."""
    newest: dict[str, Content] = {}
    for content, record in records:
        if record is not None:
            newest[content] = _content(record).after(newest.get(content))
    if newest:
        rows = [(content, *one) for content, one in sorted(newest.items())]
        await connection.execute(KEEP_CONTENT, *zip(*rows, strict=True))
    await connection.execute(WAKE_BY_CONTENT, [content for content, _ in records])


class Content(NamedTuple):
    """A content's row; parts as JSON."""

    version: int
    parts: str
    erased: bool

    def after(self, before: "Content | None") -> "Content":
        """What stands then: as KEEP_CONTENT has it, which takes a row no more than once."""
        if before is None:
            return self
        is_newer = self.erased or (not before.erased and self.version >= before.version)
        return self._replace(version=max(self.version, before.version)) if is_newer else before


def _content(record: Mapping[str, Any]) -> Content:
    erased = "erased_at" in record
    parts: Mapping[str, Any] = {} if erased else record
    kept: dict[str, Any] = {name: parts[name] for name in ("subject", "text") if name in parts}
    if names := [str(each.get("name") or "") for each in parts.get("attachments", ())]:
        kept["files"] = names
    version = int(parts.get("version", 0))
    return Content(version=version, parts=msgspec.json.encode(kept).decode(), erased=erased)
