"""A store's own events as the source of a rebuild of its inline read models (architecture 9)."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from reglament.events.envelope import Envelope
from reglament.eventstore import reading

BATCH = 2000
# Whoever appends waits, and so does whoever would write the read model in the same transaction.
HOLD = "LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE"


class OwnEvents:
    """By position; none is skipped, because it never reads past what is settled."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._position = 0

    async def read(self) -> AsyncIterator[Sequence[Envelope]]:
        """Up to what was settled at the beginning."""
        self._position = 0
        async with self._pool.acquire() as connection:
            end = await reading.settled(connection)
        while batch := await self._next(self._pool, end):
            yield batch

    async def rest(self, connection: Any) -> AsyncIterator[Sequence[Envelope]]:
        """Hold up the writers until the transaction ends; then what came since."""
        await connection.execute(HOLD)
        end = int(await connection.fetchval(reading.NEWEST))
        while batch := await self._next(connection, end):
            yield batch

    async def _next(self, connection: Any, end: int) -> list[Envelope]:
        rows = await connection.fetch(reading.UP_TO, self._position, end, BATCH)
        if rows:
            self._position = rows[-1]["position"]
        return [reading.envelope_of(row) for row in rows]
