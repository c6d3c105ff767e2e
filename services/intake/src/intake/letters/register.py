"""What became of every letter, for those who ask (contract: GET /letters)."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

_COLUMNS = "id::text, desk, message_id, received_at, outcome, rule, ticket::text"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRow:
    """One letter's fate. `outcome` is None while it is being worked on."""

    id: str
    desk: str
    message_id: str | None
    received_at: datetime
    outcome: str | None
    rule: str | None
    ticket: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which letters: of a desk (None: all), by Message-ID, received since, below an id."""

    desk: str | None = None
    message_id: str | None = None
    since: datetime | None = None
    outcome: str | None = None
    below: str | None = None
    limit: int = 50


async def find(pool: asyncpg.Pool, search: Search) -> list[LetterRow]:
    """Letters, those stored last first."""
    rows = await pool.fetch(
        f"""
        SELECT {_COLUMNS} FROM letters
        WHERE ($1::text IS NULL OR desk = $1) AND ($2::text IS NULL OR message_id = $2)
          AND ($3::timestamptz IS NULL OR received_at >= $3)
          AND ($4::text IS NULL OR outcome = $4) AND ($5::uuid IS NULL OR id < $5::uuid)
        ORDER BY id DESC LIMIT $6
        """,  # noqa: S608 - the columns are ours
        search.desk,
        search.message_id,
        search.since,
        search.outcome,
        search.below,
        search.limit,
    )
    return [LetterRow(**dict(row)) for row in rows]


async def one(pool: asyncpg.Pool, letter: str) -> LetterRow | None:
    """One letter by its id."""
    row = await pool.fetchrow(
        f"SELECT {_COLUMNS} FROM letters WHERE id = $1::uuid",  # noqa: S608 - the columns are ours
        letter,
    )
    return None if row is None else LetterRow(**dict(row))


async def raw(pool: asyncpg.Pool, letter: str) -> bytes | None:
    """The letter whole, as it came; None: it was erased."""
    found = await pool.fetchval(
        "SELECT raw FROM letters WHERE id = $1::uuid AND erased_at IS NULL", letter
    )
    return None if found is None else bytes(found)


async def release(pool: asyncpg.Pool, letter: str, by: str) -> bool:
    """Let a letter out of quarantine: it is worked on again, as a request. False: it is in none."""
    status = await pool.execute(
        """
        UPDATE letters SET outcome = NULL, rule = NULL, decided_at = NULL, attempts = 0,
            released_by = $2, due_at = clock_timestamp()
        WHERE id = $1::uuid AND outcome = 'quarantined' AND erased_at IS NULL
        """,
        letter,
        by,
    )
    return str(status).endswith(" 1")
