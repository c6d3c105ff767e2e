"""Records that cannot be taken, and those that wait behind them."""

import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import msgspec

from reglament.messaging.faults import Halted
from reglament.messaging.incoming import Incoming, pack_headers, read_parts, unpack_headers

BURY = """
INSERT INTO dead_letter
    (subject, source, sequence, topic, part, record_offset, headers, value, cause)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"""
# Through the outbox like everything else that leaves.
SAY = """
WITH said AS (
    INSERT INTO records (topic, key, value, position) VALUES ($1, $2, $3, nextval('positions'))
    ON CONFLICT (topic, key)
        DO UPDATE SET value = excluded.value, position = nextval('positions')
    RETURNING position)
INSERT INTO pending (position) SELECT position FROM said"""
PARK = """
INSERT INTO parked (subject, source, sequence, topic, part, record_offset, headers, value)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"""
UNPARK = "DELETE FROM parked WHERE subject = $1 RETURNING *"
UNBLOCK = "DELETE FROM blocked WHERE subject = $1"
LOCK = "SELECT 1 FROM blocked WHERE subject = $1 FOR UPDATE"
SETTLE = """
UPDATE dead_letter SET settled_at = clock_timestamp()
WHERE subject = $1 AND settled_at IS NULL RETURNING *"""
PER_MINUTE = 50
SHARE = 0.01
# One bad record on a quiet morning is no bad release: a share is judged from so many on.
LEAST_FOR_SHARE = 10
WINDOW_SECONDS = 60.0


class DeadLetterLimit:
    """More than 50 dead letters a minute, or more than 1 % of a minute's records, are no bad
    record but a bad release: then it is better to stop (reliability b1, Poison; arroyo).
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int, int]] = deque()
        self._dead = self._records = 0

    def count(self, dead: int, records: int, at: float | None = None) -> None:
        """Raises Halted above a limit. dead: of these `records`; at: of a monotonic clock."""
        moment = time.monotonic() if at is None else at
        self._add(1, dead, records)
        self._seen.append((moment, dead, records))
        while self._seen[0][0] < moment - WINDOW_SECONDS:
            _, *over = self._seen.popleft()
            self._add(-1, *over)
        share = self._dead / max(1, self._records)
        if self._dead > PER_MINUTE or (self._dead >= LEAST_FOR_SHARE and share > SHARE):
            raise Halted(f"{self._dead} dead letters within a minute, {share:.1%} of the records")

    def _add(self, sign: int, dead: int, records: int) -> None:
        self._dead += sign * dead
        self._records += sign * records


def _row(incoming: Incoming) -> tuple[Any, ...]:
    return (
        incoming.subject,
        incoming.source,
        incoming.sequence,
        incoming.topic,
        incoming.partition,
        incoming.offset,
        pack_headers(incoming.headers),
        None if incoming.is_personal else incoming.value,
    )


async def bury(connection: Any, dead: Sequence[Incoming], topic: str | None = None) -> None:
    """Write down poison with its cause, in the transaction that moves the offset past it.

    topic: where the relay says so as well.
    """
    if dead:
        await connection.executemany(BURY, [(*_row(one), _cause(one)) for one in dead])
    if dead and topic is not None:
        await connection.executemany(SAY, [(topic, _key(one), _told(one)) for one in dead])


def _cause(incoming: Incoming) -> str:
    return (incoming.cause or "").replace("\0", "")


def _key(incoming: Incoming) -> str:
    return f"{incoming.topic}/{incoming.partition}/{incoming.offset}"


def _told(incoming: Incoming) -> bytes:
    """The dead letter as JSON; a person's data is not copied, only where it stands."""
    headers = {name: value.decode("latin-1") for name, value in incoming.headers}
    value = None if incoming.is_personal or incoming.value is None else incoming.value
    return msgspec.json.encode(
        {
            "topic": incoming.topic,
            "partition": incoming.partition,
            "offset": incoming.offset,
            "subject": incoming.subject,
            "source": incoming.source,
            "sequence": incoming.sequence,
            "reason": incoming.reason,
            "cause": _cause(incoming),
            "headers": headers,
            "value": value,
        }
    )


async def park(connection: Any, waiting: Sequence[Incoming]) -> None:
    """Keep them in their order until their subject is free."""
    if waiting:
        await connection.executemany(PARK, [_row(incoming) for incoming in waiting])


async def unpark(connection: Any, subject: str) -> list[Incoming]:
    """Free the subject; what waited, in order. The caller takes it in the same transaction."""
    rows = await connection.fetch(UNPARK, subject)
    await connection.execute(UNBLOCK, subject)
    return [_incoming(row) for row in sorted(rows, key=lambda row: row["id"])]


async def exhume(connection: Any, subject: str) -> list[Incoming]:
    """The subject's dead letters and what waited behind them, freed, for another try.

    Locks the subject first, so that a consumer that is about to park behind it waits.
    """
    await connection.execute(LOCK, subject)
    dead = await connection.fetch(SETTLE, subject)
    letters = [_incoming(row) for row in sorted(dead, key=lambda row: row["id"])]
    return letters + await unpark(connection, subject)


def _incoming(row: Any) -> Incoming:
    return read_parts(
        row["topic"],
        row["part"],
        row["record_offset"],
        row["subject"].encode(),
        unpack_headers(row["headers"]),
        row["value"],
    )
