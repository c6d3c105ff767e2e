"""Every outcome reckoned anew from the histories: `python -m sla_clock outcomes`.

Needed once where clocks were judged before reports were kept; harmless at any time.
"""

import sys
from collections.abc import Sequence
from typing import Any

from reglament import clock
from reglament.database import connect_pool
from reglament.events import sla
from reglament.events.envelope import Envelope
from reglament.eventstore.reading import STREAMS, by_stream
from reglament.policy_book import PolicyBook
from sla_clock.domain.clock import clocks
from sla_clock.judging import LOCK
from sla_clock.plans import Plans
from sla_clock.projections.editions import load_editions
from sla_clock.projections.ticket_events import load_facts
from sla_clock.reports.keeping import Excuses, keep
from sla_clock.reports.outcomes import Row, arrival_of, outcomes_of
from sla_clock.settings import Settings

AT_ONCE = 500
FOLLOWING = "SELECT ticket FROM timers WHERE ticket > $1 ORDER BY 1 LIMIT $2"


async def fill(pool: Any) -> int:
    """How many tickets' outcomes were written. Live tickets wait only for their batch."""
    policies = PolicyBook(pool)
    await policies.refresh()
    plans, last, number = Plans(policies, await load_editions(pool)), "", 0
    while tickets := [row["ticket"] for row in await pool.fetch(FOLLOWING, last, AT_ONCE)]:
        async with pool.acquire() as connection, connection.transaction():
            await connection.fetch(LOCK, tickets)
            await _fill(connection, plans, tickets)
        last, number = tickets[-1], number + len(tickets)
    return number


async def _fill(connection: Any, plans: Plans, tickets: Sequence[str]) -> None:
    now = clock.now()
    streams = await connection.fetch(STREAMS, [f"ticket/{ticket}" for ticket in tickets])
    said = by_stream(streams)
    rows, arrivals = list[Row](), list[Row]()
    for ticket, known in (await load_facts(connection, tickets)).items():
        if known.policy_version is None:
            continue
        found = clocks(known.facts, plans.of(known), now)
        rows += outcomes_of(known, found, now, _breached(said.get(f"ticket/{ticket}", ())))
        arrivals += [row for row in (arrival_of(known, now),) if row]
    await keep(connection, tickets, rows, arrivals)
    await Excuses().apply(connection, [one for history in said.values() for one in history])


def _breached(history: Sequence[Envelope]) -> frozenset[tuple[str, int]]:
    return frozenset(
        (envelope.event.metric, envelope.event.cycle)
        for envelope in history
        if isinstance(envelope.event, sla.ClockBreached)
    )


async def run_fill(settings: Settings) -> int:
    """Fills and prints how many tickets that were; the exit code."""
    pool = await connect_pool(settings.database, "sla-clock-outcomes", size=2)
    try:
        number = await fill(pool)
    finally:
        await pool.close()
    sys.stdout.write(f"{number} tickets\n")
    return 0
