"""Carries out migrations batch by batch; goes on where it was stopped (semantics 6, 16)."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import structlog

from reglament import clock
from reglament.events import sla
from reglament.events.envelope import Envelope
from reglament.events.registry import Actor
from reglament.eventstore.store import Context
from reglament.messaging.faults import is_of_a_record, is_passing
from reglament.messaging.inbox import LOCK_STREAMS
from reglament.runtime import Runtime
from sla_clock.judging import Judging, Look
from sla_clock.plans import Move

BATCH = 200
EVERY_SECONDS = 1.0
RUNNING = "SELECT id FROM policy_moves WHERE state = 'running' ORDER BY created_at"
TAKE = """SELECT id, desk, version, calendars, actor, last FROM policy_moves
  WHERE id = $1 AND state = 'running' FOR UPDATE SKIP LOCKED"""
LIVE = """SELECT DISTINCT ticket FROM clocks_v1
  WHERE desk = $1 AND is_open AND ticket > $2 ORDER BY 1 LIMIT $3"""
WAITING = """
  SELECT w.ticket FROM policy_move_tickets w JOIN timers t USING (ticket)
  WHERE w.move = $1 AND w.cause IS NULL
    AND (t.look_at IS NULL OR t.look_at > statement_timestamp()) ORDER BY 1 LIMIT $2"""
LEFT = "SELECT EXISTS (SELECT FROM policy_move_tickets WHERE move = $1 AND cause IS NULL)"
DUE = "SELECT ticket FROM timers WHERE ticket = ANY($1::text[]) AND look_at <= $2"
NOTE = """
  INSERT INTO policy_move_tickets (move, ticket, cause)
  SELECT $1, * FROM unnest($2::text[], $3::text[])
  ON CONFLICT (move, ticket) DO UPDATE SET cause = excluded.cause"""
FORGET = "DELETE FROM policy_move_tickets WHERE move = $1 AND ticket = ANY($2::text[])"
MOVED = "UPDATE policy_moves SET last = greatest(last, $2), moved = moved + $3 WHERE id = $1"
DONE = "UPDATE policy_moves SET state = 'done' WHERE id = $1"
log = structlog.get_logger(__name__)


async def carry(pool: Any, judging: Judging) -> bool:
    """One batch in one transaction, of the oldest move that can go on; False: none can.

    A ticket whose timer is due waits for its timer, which alone waits for all topics; one that
    cannot be judged is noted with the cause; neither holds up the others.
    """
    for row in await pool.fetch(RUNNING):
        async with pool.acquire() as connection, connection.transaction():
            move = await connection.fetchrow(TAKE, row["id"])
            if move is not None and await _go_on(connection, judging, move):
                return True
    return False


async def _go_on(connection: Any, judging: Judging, move: Any) -> bool:
    batch = Batch(connection, judging, move)
    live = await connection.fetch(LIVE, move["desk"], move["last"], BATCH)
    if live:
        await batch.carry([row["ticket"] for row in live], last=live[-1]["ticket"])
        return True
    waiting = await connection.fetch(WAITING, move["id"], BATCH)
    if waiting:
        await batch.carry([row["ticket"] for row in waiting], last=move["last"])
        return True
    if await connection.fetchval(LEFT, move["id"]):
        return False
    await connection.execute(DONE, move["id"])
    return True


@dataclass(slots=True)
class Batch:
    """Some tickets of one move, in the open transaction."""

    connection: Any
    judging: Judging
    move: Any

    async def carry(self, tickets: Sequence[str], *, last: str) -> None:
        """Move those that can be moved, note the others."""
        await self.connection.execute(LOCK_STREAMS, [f"ticket/{ticket}" for ticket in tickets])
        now = clock.now()
        due = {row["ticket"] for row in await self.connection.fetch(DUE, tickets, now)}
        noted: dict[str, str | None] = {}
        number = await self._all([one for one in tickets if one not in due], now, noted)
        for ticket in sorted(due):
            noted[ticket] = await self._fault(ticket, now)
        await self.connection.execute(FORGET, self.move["id"], list(tickets))
        await self.connection.execute(NOTE, self.move["id"], list(noted), list(noted.values()))
        await self.connection.execute(MOVED, self.move["id"], last, number)

    async def _all(
        self, tickets: Sequence[str], now: datetime, noted: dict[str, str | None]
    ) -> int:
        """How many were moved: all at once, or one by one where one cannot be."""
        try:
            return await self._judge(tickets, now)
        except Exception as fault:
            if is_passing(fault):
                raise
        number = 0
        for ticket in tickets:
            try:
                number += await self._judge([ticket], now)
            except Exception as fault:
                if is_passing(fault):
                    raise
                noted[ticket] = _cause(fault)
        return number

    async def _judge(self, tickets: Sequence[str], now: datetime) -> int:
        async with self.connection.transaction():
            looks = [_look(ticket, self.move, now) for ticket in tickets]
            said = await self.judging.judge(self.connection, looks, is_known=True)
        return len({one.subject for one in said if _is_move(one)})

    async def _fault(self, ticket: str, now: datetime) -> str | None:
        """Why a ticket whose timer is due cannot be judged at all; None: it can, and waits."""
        attempt = self.connection.transaction()
        await attempt.start()
        try:
            looks = [_look(ticket, self.move, now)]
            await self.judging.judge(self.connection, looks, is_known=True)
        except Exception as fault:
            if is_passing(fault):
                raise
            return _cause(fault)
        finally:
            await attempt.rollback()
        return None


def _look(ticket: str, move: Any, now: datetime) -> Look:
    is_look = move["version"] is None and not move["calendars"]
    return Look(
        ticket=ticket,
        context=Context(recorded_at=now),
        because="calendar" if move["version"] is None else "policy",
        at=now,
        move=None if is_look else Move(version=move["version"], is_newest=move["calendars"]),
        actor=msgspec.json.decode(move["actor"], type=Actor),
    )


def _is_move(envelope: Envelope) -> bool:
    return isinstance(envelope.event, sla.ClocksMigrated | sla.ClockRescheduled)


def _cause(fault: BaseException) -> str:
    log.error("ticket_not_moved", exc_info=fault)
    return f"{type(fault).__name__}: {fault}"[:500]


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
