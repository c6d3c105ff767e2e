"""Begins moves: one that an agent asked for, and a look at all where time zones changed."""

from datetime import datetime
from typing import Any

import msgspec
import structlog

from reglament import clock
from reglament.events.registry import Actor
from reglament.ids import new_id
from sla_clock.domain.news import SYSTEM
from sla_clock.plans import Move

START = """
  INSERT INTO policy_moves (id, desk, version, calendars, actor, state, created_at)
  VALUES ($1, $2, $3, $4, $5, 'running', $6)"""
DESKS = "SELECT DISTINCT desk FROM clocks_v1 WHERE is_open ORDER BY 1"
log = structlog.get_logger(__name__)


async def start_move(connection: Any, desk: str, move: Move, actor: Actor, at: datetime) -> str:
    """The id of the move, which any replica carries out from now on."""
    move_id = new_id()
    said = msgspec.json.encode(actor).decode()
    await connection.execute(START, move_id, desk, move.version, move.is_newest, said, at)
    return move_id


async def look_again(connection: Any) -> None:
    """Another tz database holds at once: due times that it moves are said (semantics 6)."""
    desks = [row["desk"] for row in await connection.fetch(DESKS)]
    for desk in desks:
        await start_move(connection, desk, Move(), SYSTEM, clock.now())
    log.info("time_zones_changed", desks=desks)
