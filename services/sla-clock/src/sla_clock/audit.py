"""Every clock reckoned anew from what happened, and held against what was recorded of it.

`python -m sla_clock audit [AS_OF]`, beside the running service: a line of JSON for each event
that should have been recorded by AS_OF and was not, or that contradicts what was. None: every
recorded start, breach and end is what the pure function says (semantics 8, architecture 6).
"""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from reglament import clock
from reglament.database import connect_pool
from reglament.decider import fold
from reglament.events.registry import Event
from reglament.eventstore.reading import STREAMS, by_stream
from reglament.policy_book import PolicyBook
from sla_clock.domain.commands import Judge
from sla_clock.domain.decider import clock_decider
from sla_clock.domain.facts import Fact
from sla_clock.domain.target import Plan
from sla_clock.plans import Plans
from sla_clock.projections.editions import load_editions
from sla_clock.projections.ticket_events import TABLE, load_facts
from sla_clock.settings import Settings

AT_ONCE = 500
TICKETS = f"SELECT DISTINCT ticket FROM {TABLE} ORDER BY 1"  # noqa: S608 - a constant


def unsaid(
    facts: Sequence[Fact], said: Iterable[Event], plan: Plan, as_of: datetime
) -> list[Event]:
    """What would have to be recorded for a ticket's clocks to be right at `as_of`.

    What is dated up to `as_of` counts, however late it was recorded.
    """
    decider = clock_decider(plan)
    state = fold(decider, [event for event in said if event.at <= as_of])
    return list(decider.decide(Judge(facts=tuple(facts), at=as_of), state))


async def audit(settings: Settings, as_of: datetime) -> list[dict[str, object]]:
    """A row for every event that is missing, by ticket."""
    pool = await connect_pool(settings.database, "sla-clock-audit", size=1)
    try:
        policies = PolicyBook(pool)
        await policies.refresh()
        plans = Plans(policies, await load_editions(pool))
        tickets = [row["ticket"] for row in await pool.fetch(TICKETS)]
        found: list[dict[str, object]] = []
        for start in range(0, len(tickets), AT_ONCE):
            found += await _some(pool, tickets[start : start + AT_ONCE], plans, as_of)
        return found
    finally:
        await pool.close()


async def _some(
    pool: Any, tickets: Sequence[str], plans: Plans, as_of: datetime
) -> list[dict[str, object]]:
    known = await load_facts(pool, tickets)
    said = by_stream(await pool.fetch(STREAMS, [f"ticket/{ticket}" for ticket in tickets]))
    return [
        {"ticket": ticket, "type": type(event).__name__, "event": event}
        for ticket, facts in known.items()
        if facts.policy_version is not None
        for event in unsaid(
            facts.facts,
            [one.event for one in said.get(f"ticket/{ticket}", ())],
            plans.of(facts),
            as_of,
        )
    ]


async def run_audit(settings: Settings, arguments: list[str]) -> int:
    """Prints the rows; the exit code: 0 where there are none."""
    as_of = datetime.fromisoformat(arguments[0]) if arguments else clock.now()
    rows = await audit(settings, as_of)
    for row in rows:
        sys.stdout.write(msgspec.json.encode(row).decode() + "\n")
    return 1 if rows else 0
