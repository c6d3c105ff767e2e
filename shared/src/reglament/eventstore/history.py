"""A store's own events as the source of a rebuild (architecture 9)."""

from collections.abc import AsyncIterator, Collection, Sequence
from typing import Any

from reglament.events.codec import UnknownType
from reglament.events.envelope import Envelope
from reglament.eventstore import reading

BATCH = 2000
COUNT = "SELECT count(*) FROM events WHERE $1::text[] IS NULL OR topic = ANY($1)"
# Whoever appends waits, and so does whoever would write the read model in the same transaction.
HOLD = "LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE"


class OwnEvents:
    """By position; none is skipped, because it never reads past what is settled.

    topics: only events on these; None: all.
    """

    def __init__(self, pool: Any, topics: Collection[str] | None = None) -> None:
        self._pool = pool
        self._topics = None if topics is None else sorted(topics)
        self._position = 0

    async def total(self) -> int:
        """How many there are now."""
        return int(await self._pool.fetchval(COUNT, self._topics))

    async def read(self) -> AsyncIterator[Sequence[Envelope]]:
        """What was not given yet, up to what is settled now."""
        async with self._pool.acquire() as connection:
            end = await reading.settled(connection)
        async for batch in self._up_to(self._pool, end):
            yield batch

    async def hold(self, connection: Any) -> None:
        """Hold up the writers until the transaction ends."""
        await connection.execute(HOLD)

    async def rest(self, connection: Any) -> AsyncIterator[Sequence[Envelope]]:
        """What came since."""
        end = int(await connection.fetchval(reading.NEWEST))
        async for batch in self._up_to(connection, end):
            yield batch

    async def _up_to(self, connection: Any, end: int) -> AsyncIterator[Sequence[Envelope]]:
        while rows := await connection.fetch(
            reading.UP_TO, self._position, end, BATCH, self._topics
        ):
            self._position = rows[-1]["position"]
            yield [envelope for row in rows if (envelope := _envelope(row)) is not None]


def _envelope(row: Any) -> Envelope | None:
    """None: of a later release, which no projection of this one knows."""
    try:
        return reading.envelope_of(row)
    except UnknownType:
        return None
