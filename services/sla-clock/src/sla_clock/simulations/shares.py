"""A simulation's shares in PostgreSQL: made, leased, finished; a killed holder's is taken over.

A share is a range of tickets, so that its histories are one index scan, whatever the partitions.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from sla_clock.projections.ticket_events import LOADED, OWN
from sla_clock.simulations.replay import Counted, Difference

TICKETS_A_SHARE = 1000
LEASE_SECONDS = 30
NEW = """SELECT id FROM simulations WHERE state = 'new' ORDER BY created_at LIMIT 1
  FOR UPDATE SKIP LOCKED"""
CUT = """
INSERT INTO simulation_shares (simulation, number, first, last)
SELECT $1, n, min(ticket), max(ticket) FROM (
  SELECT ticket, (row_number() OVER (ORDER BY ticket) - 1) / $2::int AS n FROM timers) t
GROUP BY n"""
BEGUN = "UPDATE simulations SET state = 'running' WHERE id = $1"
CLAIM = """
UPDATE simulation_shares c
SET holder = $1, leased_until = clock_timestamp() + make_interval(secs => $2)
FROM simulations m WHERE m.id = c.simulation AND (c.simulation, c.number) = (
  SELECT s.simulation, s.number FROM simulation_shares s JOIN simulations r ON r.id = s.simulation
  WHERE r.state = 'running' AND s.done_at IS NULL
    AND (s.leased_until IS NULL OR s.leased_until < clock_timestamp())
  ORDER BY r.created_at, s.number LIMIT 1 FOR UPDATE OF s SKIP LOCKED)
RETURNING c.simulation, c.number, c.first, c.last, m.desk, m.policy, m.since, m.until, m.as_of"""
HISTORIES = f"""
SELECT {LOADED}, at FROM ticket_events_v1
WHERE ticket >= $1 AND ticket <= $2 AND desk = $3
UNION ALL
SELECT {OWN} AND subject >= $1 AND subject <= $2 AND desk = $3
ORDER BY ticket, at, recorded_at, sequence"""  # noqa: S608
FINISH = """
UPDATE simulation_shares SET done_at = clock_timestamp(), counted = $4
WHERE simulation = $1 AND number = $2 AND holder = $3 AND done_at IS NULL RETURNING 1"""
DIFFERENCES = (
    "simulation", "key", "ticket", "metric", "cycle", "was", "becomes", "was_due_at", "due_at"
)  # fmt: skip
DONE = """
UPDATE simulations m SET state = 'done' WHERE id = $1 AND state = 'running' AND NOT EXISTS (
  SELECT FROM simulation_shares s WHERE s.simulation = m.id AND s.done_at IS NULL)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A range of tickets [first, last] of one simulation, held until its lease ends."""

    simulation: str
    number: int
    first: str
    last: str
    desk: str
    policy: str
    since: datetime
    until: datetime
    as_of: datetime


async def claim(connection: Any, holder: str) -> Share | None:
    """The next share that nobody holds; a new simulation is cut into shares first."""
    async with connection.transaction():
        new = await connection.fetchval(NEW)
        if new is not None:
            await connection.execute(CUT, new, TICKETS_A_SHARE)
            await connection.execute(BEGUN, new)
            await connection.execute(DONE, new)
        row = await connection.fetchrow(CLAIM, holder, LEASE_SECONDS)
    return None if row is None else Share(**row)


async def finish(
    connection: Any, holder: str, share: Share, counted: Counted, found: list[Difference]
) -> bool:
    """The share's result and its end at once; False: another process has taken it over."""
    rows = [
        (
            share.simulation,
            f"{one.ticket}/{one.metric}/{one.cycle}",
            *(one.ticket, one.metric, one.cycle),
            *(one.was, one.becomes, one.was_due_at, one.due_at),
        )
        for one in found
    ]
    said = msgspec.json.encode(counted).decode()
    async with connection.transaction():
        is_ours = await connection.fetchval(FINISH, share.simulation, share.number, holder, said)
        if is_ours and rows:
            await connection.copy_records_to_table(
                "simulation_differences", records=rows, columns=DIFFERENCES
            )
    await connection.execute(DONE, share.simulation)
    return bool(is_ours)
