"""Who writes, how much, and how much of it was answered (semantics 21; reliability c4, c5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_ENGINEER = "SELECT engineer FROM engineers_v1 WHERE desk = $1 AND email = $2 AND active LIMIT 1"
_TOLD = """
SELECT EXISTS (SELECT FROM history_v1 WHERE ticket = $1 AND type = 'NotificationSent'
    AND data->>'to' = 'engineer' AND data->>'message_id' = ANY($2))"""
# The letter itself is counted too: the limit is what may come.
_WRITTEN = """
SELECT count(*) FROM letters WHERE requester = $1 AND received_at > $2 AND received_at <= $3"""
_ANSWERED = """
SELECT count(*) FROM letters WHERE answered AND id <> $1::uuid AND desk = $2
    AND ($3::text IS NULL OR requester = $3) AND received_at > $4 AND received_at <= $5"""
_ANSWER = "UPDATE letters SET answered = true WHERE id = $1::uuid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many within so long."""

    count: int
    within: timedelta


def rate(text: str) -> Rate:
    """`20/h`, `1/10m`, `5/d` (policy: limits of letters)."""
    count, _, window = text.partition("/")
    return Rate(count=int(count), within=int(window[:-1] or 1) * _UNITS[window[-1]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A letter as its limits see it: whose, to which desk, when it was taken."""

    letter: str
    desk: str
    requester: str
    at: datetime


async def engineer_of(pool: Any, desk: str, address: str) -> str | None:
    """The desk's engineer with that address."""
    found = await pool.fetchval(_ENGINEER, desk, address.casefold())
    return None if found is None else str(found)


async def was_told(pool: Any, ticket: str, message_ids: Sequence[str]) -> bool:
    """Whether one of these is a letter that went to an engineer, about this ticket."""
    return bool(await pool.fetchval(_TOLD, ticket, list(message_ids)))


async def writes_too_much(pool: Any, written: Written, limit: Rate) -> bool:
    """Whether the sender's letters up to this one are above the limit."""
    since = written.at - limit.within
    found = await pool.fetchval(_WRITTEN, written.requester, since, written.at)
    return int(found) > limit.count


async def claim_answer(
    pool: Any, written: Written, of_desk: Rate, of_sender: Sequence[Rate]
) -> bool:
    """Whether the letter may be answered automatically; if so, that is noted and counts."""
    bounds = [(None, of_desk), *((written.requester, bound) for bound in of_sender)]
    for requester, bound in bounds:
        answered = await pool.fetchval(
            _ANSWERED,
            written.letter,
            written.desk,
            requester,
            written.at - bound.within,
            written.at,
        )
        if answered >= bound.count:
            return False
    await pool.execute(_ANSWER, written.letter)
    return True
