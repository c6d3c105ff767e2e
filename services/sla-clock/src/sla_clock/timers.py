"""Which clocks are due; asks the domain (architecture 7).

Memory only wakes, SQL decides: a row is due when the database's clock says so and its partition
has been read up to the end that Kafka had at a later instant, so that an answer which already
stands in Kafka is never called a breach. `timers_held` counts those that wait for it.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from reglament import clock
from reglament.eventstore.store import Context
from reglament.failpoints import failpoint
from sla_clock.judging import Judging, Look

BATCH = 500
IDLE_SECONDS = 0.5
DUE = """
  SELECT t.ticket, t.look_at, least(clock_timestamp(), u.until) AS now FROM timers t
  JOIN unnest($1::int[], $2::timestamptz[]) u(part, until) USING (part)
  WHERE t.look_at <= least(clock_timestamp(), u.until)
  ORDER BY t.look_at LIMIT $3 FOR UPDATE OF t SKIP LOCKED"""
HELD = "SELECT count(*) FROM timers WHERE look_at <= clock_timestamp() AND part = ANY($1::int[])"
NEXT = """
  SELECT extract(epoch FROM min(look_at) - clock_timestamp())::float8 FROM timers
  WHERE look_at IS NOT NULL AND part = ANY($1::int[])"""


class Timers:
    """Fires what is due on the partitions that this process owns and has read."""

    def __init__(
        self,
        pool: Any,
        judging: Judging,
        read_until: Callable[[], Mapping[int, datetime]],
        fired: Callable[[timedelta], None] = lambda lateness: None,
        held: Callable[[int], None] = lambda number: None,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        self._pool = pool
        self._judging = judging
        self._read_until = read_until
        self._fired = fired
        self._held = held
        self._after = after

    async def run(self, stopping: asyncio.Event) -> None:
        """Until told to stop: fire, then sleep until the next due time, or a look-out."""
        while not stopping.is_set():
            while await self.fire() == BATCH and not stopping.is_set():
                pass
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), await self._pause())

    async def fire(self) -> int:
        """One batch, in one transaction; how many rows were due."""
        horizon = self._read_until()
        if not horizon:
            return 0
        async with self._pool.acquire() as connection, connection.transaction():
            due = await connection.fetch(DUE, list(horizon), list(horizon.values()), BATCH)
            if due:
                context = Context(recorded_at=clock.now())
                await self._judging.judge(
                    connection,
                    [
                        Look(ticket=row["ticket"], context=context, because="timer", at=row["now"])
                        for row in due
                    ],
                )
                await failpoint("timers.before_commit")
        self._after()
        for row in due:
            self._fired(context.recorded_at - row["look_at"])
        return len(due)

    async def _pause(self) -> float:
        owned = list(self._read_until())
        async with self._pool.acquire() as connection:
            self._held(await connection.fetchval(HELD, owned))
            ahead: float | None = await connection.fetchval(NEXT, owned)
        return IDLE_SECONDS if ahead is None else min(IDLE_SECONDS, max(0.02, ahead))
