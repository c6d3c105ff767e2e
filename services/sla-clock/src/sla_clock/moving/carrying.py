"""Carries out migrations batch by batch; goes on where it was stopped (semantics 16)."""

import asyncio
import contextlib
from typing import Any

import msgspec
import structlog

from reglament import clock
from reglament.events.registry import Actor
from reglament.eventstore.store import Context
from reglament.messaging.faults import is_of_a_record
from reglament.messaging.taking import LOCK_STREAMS
from reglament.runtime import Runtime
from sla_clock.judging import Judging, Look

BATCH = 200
EVERY_SECONDS = 1.0
NEXT = """SELECT id, desk, version, actor, last FROM policy_moves WHERE state = 'running'
  ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED"""
LIVE = """SELECT DISTINCT ticket FROM clocks_v1
  WHERE desk = $1 AND is_open AND ticket > $2 ORDER BY 1 LIMIT $3"""
DUE = """SELECT min(ticket) FROM timers
  WHERE ticket = ANY($1::text[]) AND look_at <= clock_timestamp()"""
MOVED = "UPDATE policy_moves SET last = $2, moved = moved + $3 WHERE id = $1"
DONE = "UPDATE policy_moves SET state = 'done' WHERE id = $1"
log = structlog.get_logger(__name__)


async def carry(pool: Any, judging: Judging) -> bool:
    """One batch in one transaction; whether there is more to do at once.

    A ticket whose timer is due is left to its timer first, which alone waits for all topics.
    """
    async with pool.acquire() as connection, connection.transaction():
        move = await connection.fetchrow(NEXT)
        if move is None:
            return False
        live = await connection.fetch(LIVE, move["desk"], move["last"], BATCH)
        tickets = [row["ticket"] for row in live]
        if not tickets:
            await connection.execute(DONE, move["id"])
            return True
        await connection.execute(LOCK_STREAMS, [f"ticket/{ticket}" for ticket in tickets])
        due = await connection.fetchval(DUE, tickets)
        tickets = [ticket for ticket in tickets if due is None or ticket < due]
        if not tickets:
            return False
        said = await judging.judge(connection, [_look(ticket, move) for ticket in tickets])
        number = sum(envelope.type == "ClocksMigrated" for envelope in said)
        await connection.execute(MOVED, move["id"], tickets[-1], number)
        return True


def _look(ticket: str, move: Any) -> Look:
    now = clock.now()
    return Look(
        ticket=ticket,
        context=Context(recorded_at=now),
        because="policy",
        at=now,
        to=move["version"],
        actor=msgspec.json.decode(move["actor"], type=Actor),
    )


async def run_migrations(runtime: Runtime, stopping: asyncio.Event) -> None:
    """Batch after batch while there are any; then looks now and then."""
    while not stopping.is_set():
        try:
            is_more = await carry(runtime.pool, runtime.extras["judging"])
            runtime.wake_relay()
        except Exception as fault:
            if not is_of_a_record(fault):
                raise
            log.exception("migration_held_up")
            is_more = False
        if not is_more:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), EVERY_SECONDS)
