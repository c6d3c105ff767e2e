"""Letters as they came off the wire, and what became of each. Stored before acknowledged."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import asyncpg

from intake.letters.copies import Earlier, Named, identify
from reglament.ids import new_id

LetterOutcome = Literal[
    "ticket", "message", "returned", "refused", "duplicate", "report", "automatic", "quarantined"
]
# Longer than a letter takes; what two work off at once has one effect all the same.
CLAIM_SECONDS = 20
ATTEMPT_LIMIT = 5

# The same transaction carries the effect, where there is one: `decision` makes the row for it.
DECIDE = """
UPDATE letters l SET outcome = d.outcome, rule = d.rule, ticket = d.ticket, decided_at = d.at
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::timestamptz[])
    AS d(id, outcome, rule, ticket, at)
WHERE l.id = d.id AND l.outcome IS NULL
"""

INSERT = """
INSERT INTO letters (id, desk, mailbox, uidvalidity, uid, content_hash, raw, received_at)
SELECT $1::uuid, $2, $3, $4, $5, $6, $7, $8
WHERE NOT EXISTS (  -- read again after the server renumbered its letters
    SELECT FROM letters WHERE mailbox = $3 AND content_hash = $6
    AND received_at = $8 AND uidvalidity <> $4 AND uidvalidity <> 0)
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A letter as the mail server gave it. received_at: when the server took it."""

    uidvalidity: int
    uid: int
    raw: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLetter:
    """A letter that waits for its outcome. is_released: an admin let it out of quarantine.

    envelope_sender, envelope_recipient: where it came by our own door; sender "" is the null path.
    """

    id: str
    desk: str
    mailbox: str
    raw: bytes
    content_hash: bytes
    received_at: datetime
    attempts: int
    is_released: bool
    envelope_sender: str | None = None
    envelope_recipient: str | None = None
    is_vouched: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What became of a letter, by which rule, and the ticket it concerns."""

    outcome: LetterOutcome
    rule: str
    ticket: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to read a mailbox, until another takes a newer epoch."""

    mailbox: str
    epoch: int
    uidvalidity: int | None
    read_up_to: int


class LetterStore:
    """The tables `letters` and `mailboxes` of intake's database."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @property
    def pool(self) -> asyncpg.Pool:
        """For what else is asked of these tables."""
        return self._pool

    async def lease(self, mailbox: str, holder: str, seconds: float) -> Lease | None:
        """Take or renew the right to read; None while another holds it."""
        row = await self._pool.fetchrow(
            """
            INSERT INTO mailboxes AS m (mailbox, holder, held_until, polled_at)
            VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3), clock_timestamp())
            ON CONFLICT (mailbox) DO UPDATE SET
                epoch = m.epoch + (m.holder <> $2)::int, holder = $2, failure = NULL,
                held_until = EXCLUDED.held_until, polled_at = clock_timestamp()
            WHERE m.holder = $2 OR m.held_until < clock_timestamp()
            RETURNING epoch, uidvalidity, read_up_to
            """,
            mailbox,
            holder,
            seconds,
        )
        return None if row is None else Lease(mailbox=mailbox, **dict(row))

    async def unlease(self, mailbox: str, holder: str) -> None:
        """Give the right back, so that another need not wait for its end."""
        await self._pool.execute(
            "UPDATE mailboxes SET held_until = clock_timestamp()"
            " WHERE mailbox = $1 AND holder = $2",
            mailbox,
            holder,
        )

    async def failed(self, mailbox: str, holder: str, failure: str) -> None:
        """Note why the mailbox could not be read, for the desk's page and the metrics."""
        await self._pool.execute(
            "UPDATE mailboxes SET failure = $3 WHERE mailbox = $1 AND holder = $2",
            mailbox,
            holder,
            failure,
        )

    async def unknown(self, mailbox: str, uidvalidity: int, uids: Sequence[int]) -> list[int]:
        """Those of `uids` that are not stored yet, in order."""
        rows = await self._pool.fetch(
            "SELECT uid FROM letters WHERE mailbox = $1 AND uidvalidity = $2 AND uid = ANY($3)",
            mailbox,
            uidvalidity,
            list(uids),
        )
        known = {row["uid"] for row in rows}
        return sorted(uid for uid in uids if uid not in known)

    async def store(
        self, lease: Lease, desk: str, letters: Sequence[Fetched], up_to: int | None = None
    ) -> bool:
        """Keep letters whole, and how far was read. False: the lease is lost, nothing kept.

        up_to: no letter up to this one is left to be read; None: the last of these.

        All are of one UIDVALIDITY. A letter that is stored already stays as it is.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            held = await connection.fetchval(
                """
                UPDATE mailboxes SET uidvalidity = $3, read_up_to =
                    CASE WHEN uidvalidity = $3 THEN greatest(read_up_to, $4) ELSE $4 END
                WHERE mailbox = $1 AND epoch = $2 RETURNING true
                """,
                lease.mailbox,
                lease.epoch,
                letters[0].uidvalidity,
                max(letter.uid for letter in letters) if up_to is None else up_to,
            )
            if held:
                await connection.executemany(
                    INSERT, [_values(lease.mailbox, desk, letter) for letter in letters]
                )
            return bool(held)

    async def claim(self) -> StoredLetter | None:
        """The next letter without an outcome, for CLAIM_SECONDS this caller's; None: no work."""
        row = await self._pool.fetchrow(
            """
            UPDATE letters SET attempts = attempts + 1,
                due_at = clock_timestamp() + make_interval(secs => $1)
            WHERE id = (
                SELECT id FROM letters WHERE outcome IS NULL AND due_at <= clock_timestamp()
                ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING id::text, desk, mailbox, raw, content_hash, received_at, attempts,
                released_by IS NOT NULL AS is_released, envelope_sender, envelope_recipient,
                vouched AS is_vouched
            """,
            float(CLAIM_SECONDS),
        )
        return None if row is None else StoredLetter(**dict(row))

    async def postpone(self, letter: str, seconds: float) -> None:
        """Try this letter again later."""
        await self._pool.execute(
            "UPDATE letters SET due_at = clock_timestamp() + make_interval(secs => $2)"
            " WHERE id = $1::uuid",
            letter,
            seconds,
        )

    async def identify(self, letter: str, name: Named) -> Earlier | None:
        """Note what the letter calls itself and whose it is; an earlier copy, if there is one."""
        async with self._pool.acquire() as connection:
            return await identify(connection, letter, name)

    async def ticket_of(self, letter: str) -> str | None:
        """The ticket that a letter came to."""
        found = await self._pool.fetchval(
            "SELECT ticket::text FROM letters WHERE id = $1::uuid", letter
        )
        return None if found is None else str(found)

    async def outcome_of(self, letter: str) -> tuple[str, float] | None:
        """What became of a letter, seconds after it was stored; None while it waits."""
        row = await self._pool.fetchrow(
            """
            SELECT outcome, extract(epoch FROM decided_at - stored_at)::float8 AS seconds
            FROM letters WHERE id = $1::uuid AND outcome IS NOT NULL
            """,
            letter,
        )
        return None if row is None else (row["outcome"], max(0.0, row["seconds"]))

    async def decide(self, letter: str, decision: Decision, at: datetime) -> None:
        """The outcome of a letter that has no effect on any stream."""
        sql, arguments = decided(letter, decision, at)
        await self._pool.execute(sql, *([value] for value in arguments))


def _values(mailbox: str, desk: str, letter: Fetched) -> tuple[object, ...]:
    return (
        *(new_id(), desk, mailbox, letter.uidvalidity, letter.uid),
        *(hashlib.sha256(letter.raw).digest(), letter.raw, letter.received_at),
    )


def decided(letter: str, decision: Decision, at: datetime) -> tuple[str, tuple[object, ...]]:
    """The row that goes with the effect in one transaction (Submission.rows)."""
    return DECIDE, (letter, decision.outcome, decision.rule, decision.ticket, at)
