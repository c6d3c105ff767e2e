"""Which clocks are due; asks the domain (architecture 7).

Memory only wakes, SQL decides: a row is due when the database's clock says so and its partition
has been read up to the end that Kafka had at a later instant, so that an answer which already
stands in Kafka is never called a breach. `timers_held` counts those that wait for it.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog

from reglament import clock
from reglament.events import sla
from reglament.events.envelope import Envelope
from reglament.eventstore.store import Context
from reglament.failpoints import failpoint
from reglament.messaging.faults import is_of_a_record
from sla_clock.judging import Judges, Look

BATCH = 500
IDLE_SECONDS = 0.5
HELD_SECONDS = 0.1
SET_ASIDE_SECONDS = 30.0
# By the statement's time: the planner walks no index for an instant that moves as it walks.
# With the ticket's stream, which is there since its first clock started: the consumer locks it
# before the timer's row, so who held the row alone would wait for the consumer, and it for him.
DUE = """
  SELECT t.ticket, t.look_at, least(statement_timestamp(), u.until) AS now FROM timers t
  JOIN unnest($1::int[], $2::timestamptz[]) u(part, until) USING (part)
  JOIN streams s ON s.stream = 'ticket/' || t.ticket
  WHERE t.look_at <= statement_timestamp() AND t.look_at <= u.until
    AND t.ticket <> ALL($4::text[])
  ORDER BY t.look_at LIMIT $3 FOR UPDATE OF s, t SKIP LOCKED"""
HELD = """
  SELECT count(*) FROM timers
  WHERE look_at <= statement_timestamp() AND part = ANY($1::int[]) AND ticket <> ALL($2::text[])"""
NEXT = """
  SELECT extract(epoch FROM min(look_at) - clock_timestamp())::float8 FROM timers
  WHERE look_at > statement_timestamp() AND part = ANY($1::int[])"""
log = structlog.get_logger(__name__)


class Timers:
    """Fires what is due on the partitions that this process owns and has read.

    fired: told of each step said, which is dated at its due time; held: how many are due on
    partitions not read up; after: called once what was said is durable.
    """

    def __init__(
        self,
        pool: Any,
        judging: Judges,
        read_until: Callable[[], Mapping[int, datetime]],
        *,
        fired: Callable[[Envelope], None] = lambda said: None,
        held: Callable[[int], None] = lambda number: None,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        self._pool, self._judging, self._read_until = pool, judging, read_until
        self._fired, self._held, self._after = fired, held, after
        self._aside: dict[str, float] = {}

    async def run(self, stopping: asyncio.Event) -> None:
        """Until told to stop: fire, then sleep until the next due time, or a look-out."""
        while not stopping.is_set():
            while await self.fire() == BATCH and not stopping.is_set():
                pass
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), await self._pause())

    async def fire(self) -> int:
        """What is due, at most BATCH, in one transaction; how many rows that were.

        A ticket that cannot be judged is set aside for a while and holds up no other.
        """
        try:
            return await self._fire(BATCH)
        except Exception as fault:
            if not is_of_a_record(fault):
                raise
        fired = 0
        while await self._fire_one():
            fired += 1
        return fired

    async def _fire_one(self) -> bool:
        """The first that is due, alone; False: there is none."""
        trying: list[str] = []
        try:
            return await self._fire(1, trying) == 1
        except Exception as fault:
            if not is_of_a_record(fault) or not trying:
                raise
            log.exception("timer_set_aside", ticket=trying[0])
            self._aside[trying[0]] = time.monotonic() + SET_ASIDE_SECONDS
            return True

    async def _fire(self, most: int, trying: list[str] | None = None) -> int:
        horizon = self._read_until()
        if not horizon:
            return 0
        said: list[Envelope] = []
        owned, until = list(horizon), list(horizon.values())
        async with self._pool.acquire() as connection, connection.transaction():
            due = await connection.fetch(DUE, owned, until, most, self._set_aside())
            if trying is not None:
                trying += [row["ticket"] for row in due]
            if due:
                await failpoint("timers.after_claim")
                said = await self._judging.judge(connection, _looks(due), is_known=True)
                await failpoint("timers.before_commit")
        if due:
            await failpoint("timers.after_commit")
        self._after()
        since = {row["ticket"]: row["look_at"] for row in due}
        for envelope in said:
            if _is_step(envelope) and envelope.at >= since[envelope.subject]:
                self._fired(envelope)
        return len(due)

    def _set_aside(self) -> list[str]:
        now = time.monotonic()
        self._aside = {ticket: until for ticket, until in self._aside.items() if until > now}
        return list(self._aside)

    async def _pause(self) -> float:
        owned = list(self._read_until())
        async with self._pool.acquire() as connection:
            held = await connection.fetchval(HELD, owned, self._set_aside())
            ahead: float | None = await connection.fetchval(NEXT, owned)
        self._held(held)
        longest = HELD_SECONDS if held else IDLE_SECONDS
        return longest if ahead is None else min(longest, max(0.02, ahead))


def _looks(due: Sequence[Any]) -> list[Look]:
    # Never recorded before it was due, though our clock be behind the database's.
    context = Context(recorded_at=max([clock.now(), *(row["now"] for row in due)]))
    return [
        Look(ticket=row["ticket"], context=context, because="timer", at=row["now"]) for row in due
    ]


def _is_step(envelope: Envelope) -> bool:
    return isinstance(envelope.event, sla.ClockAtRisk | sla.ClockBreached)
