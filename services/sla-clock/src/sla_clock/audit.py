"""Every clock reckoned anew from Kafka alone, and held against what was recorded of it.

`python -m sla_clock audit [AS_OF]`, beside the running service: a line of JSON for each event
that should have been recorded by AS_OF and was not, or that contradicts what was. None: every
recorded start, breach and end is what the pure function says (semantics 8, architecture 6).
"""

import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from reglament import clock
from reglament.database import connect_pool
from reglament.decider import fold
from reglament.events import sla
from reglament.events.envelope import Envelope
from reglament.events.registry import Event
from reglament.events.tickets import Request
from reglament.events.topics import ESCALATIONS, NOTIFICATIONS, SLA, TICKETS
from reglament.messaging.replay import KafkaReplay
from reglament.policy_book import PolicyBook
from sla_clock.domain.commands import Judge
from sla_clock.domain.decider import clock_decider
from sla_clock.domain.reading import facts_of
from sla_clock.domain.target import Plan
from sla_clock.judging import Plans
from sla_clock.settings import Settings


@dataclass(slots=True)
class History:
    """A ticket's events: what happened to it, and what was said of its clocks, in order."""

    facts: list[Envelope] = field(default_factory=list)
    said: list[Envelope] = field(default_factory=list)

    def take(self, envelope: Envelope) -> None:
        """One more event of the ticket."""
        is_said = isinstance(envelope.event, sla.ClockEvent)
        (self.said if is_said else self.facts).append(envelope)

    @property
    def promised_by(self) -> tuple[str, int] | None:
        """Desk and policy version that the ticket stands under; None: it never was a request."""
        requests = [one for one in self.facts if isinstance(one.event, Request)]
        newest = requests[-1] if requests else None
        if newest is None or newest.policy_version is None:
            return None
        return newest.desk, newest.policy_version


def unsaid(history: History, plan: Plan, as_of: datetime) -> list[Event]:
    """What would have to be recorded for the clocks to be right at `as_of`; right: nothing.

    What was recorded later than `as_of` of an instant before it counts as recorded.
    """
    decider = clock_decider(plan)
    said = fold(decider, [one.event for one in history.said if one.event.at <= as_of])
    return list(decider.decide(Judge(facts=facts_of(history.facts), at=as_of), said))


async def audit(settings: Settings, as_of: datetime) -> list[dict[str, object]]:
    """A row for every event that is missing, by ticket."""
    pool = await connect_pool(settings.database, "sla-clock-audit", size=1)
    try:
        policies = PolicyBook(pool)
        await policies.refresh()
        histories = await _histories(settings)
        return list(_rows(histories, Plans(policies), as_of))
    finally:
        await pool.close()


async def _histories(settings: Settings) -> dict[str, History]:
    found: defaultdict[str, History] = defaultdict(History)
    read = (TICKETS, ESCALATIONS, NOTIFICATIONS)
    async with KafkaReplay(settings.kafka, "sla-clock", (SLA,), read) as replay:
        async for batch in replay.read():
            for envelope in batch:
                found[envelope.subject].take(envelope)
    return found


def _rows(
    histories: dict[str, History], plans: Plans, as_of: datetime
) -> Iterator[dict[str, object]]:
    for ticket, history in sorted(histories.items()):
        if (promised_by := history.promised_by) is not None:
            for event in unsaid(history, plans.get(*promised_by), as_of):
                yield {"ticket": ticket, "type": type(event).__name__, "event": event}


async def run_audit(settings: Settings, arguments: list[str]) -> int:
    """Prints the rows; the exit code: 0 where there are none."""
    as_of = datetime.fromisoformat(arguments[0]) if arguments else clock.now()
    rows = await audit(settings, as_of)
    for row in rows:
        sys.stdout.write(msgspec.json.encode(row).decode() + "\n")
    return 1 if rows else 0
