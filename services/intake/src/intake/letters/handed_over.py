"""Letters that were handed over at our own door, with their envelope."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from reglament.ids import new_id

# No mailbox numbers these: 0 is no UIDVALIDITY of any server (RFC 3501, 9: nz-number).
TAKE_IN = """
INSERT INTO letters (id, desk, mailbox, uidvalidity, uid, content_hash, raw, received_at,
    envelope_sender, envelope_recipient, vouched)
VALUES ($1::uuid, $2, $3, 0, nextval('letters_handed_over'), $4, $5, $6, $7, $8, $9)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A letter handed over by SMTP or LMTP for one recipient. sender "": the null path.

    vouched: our own mail server stood before the door.
    """

    desk: str
    mailbox: str
    raw: bytes
    received_at: datetime
    sender: str
    recipient: str
    vouched: bool


async def take_in(pool: asyncpg.Pool, letters: Sequence[Delivered]) -> None:
    """Keep letters, one for each recipient, whole: all of them or, where it raises, none."""
    rows = [
        (
            *(new_id(), each.desk, each.mailbox, hashlib.sha256(each.raw).digest(), each.raw),
            *(each.received_at, each.sender, each.recipient, each.vouched),
        )
        for each in letters
    ]
    async with pool.acquire() as connection, connection.transaction():
        await connection.executemany(TAKE_IN, rows)
