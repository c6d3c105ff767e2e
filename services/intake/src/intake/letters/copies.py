"""The same letter again, by another path: found by its digest (semantics 20)."""

from dataclasses import dataclass
from typing import Any

_NAME = "UPDATE letters SET message_id = $2, digest = $3, requester = $4 WHERE id = $1::uuid"
_EARLIER = """
SELECT e.id::text, e.erased_at FROM letters e JOIN letters l ON l.id = $1::uuid
WHERE e.mailbox = l.mailbox AND e.digest = $2 AND e.id < l.id
ORDER BY e.erased_at NULLS LAST, e.id LIMIT 1"""
# What of a letter is a person's: the row stays, so that a second copy is known.
EMPTIED = "raw = '', envelope_sender = NULL, envelope_recipient = NULL"
_ERASE = f"UPDATE letters SET {EMPTIED}, erased_at = $2 WHERE id = $1::uuid"  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a letter calls itself. requester: whose it is, where its sender can be read."""

    message_id: str | None
    digest: str
    requester: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """An earlier copy of a letter. is_erased: its sender's data was erased since."""

    id: str
    is_erased: bool


async def identify(connection: Any, letter: str, name: Named) -> Earlier | None:
    """Note the names; the earlier copy. One of an erased letter is erased at once.

    A copy has the same digest, which holds the Message-ID and the content: an id that somebody
    else's letter bears too hides nothing.
    """
    await connection.execute(_NAME, letter, name.message_id, name.digest, name.requester)
    earlier = await connection.fetchrow(_EARLIER, letter, name.digest)
    if earlier is None:
        return None
    erased_at = earlier["erased_at"]
    if erased_at is not None:
        await connection.execute(_ERASE, letter, erased_at)
    return Earlier(id=earlier["id"], is_erased=erased_at is not None)
