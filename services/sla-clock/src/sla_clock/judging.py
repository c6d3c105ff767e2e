"""Looks at tickets' clocks in a transaction: facts in, events and the next look out.

One path for a consumed event and for a timer that came due (architecture 1, 6).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reglament import metrics
from reglament.command_handler import Submission, handle_batch
from reglament.events import sla
from reglament.events.envelope import Envelope
from reglament.eventstore.store import Context
from reglament.messaging.partitions import partition_of
from reglament.policy_book import PolicyBook
from sla_clock.domain.clock import clocks, next_look
from sla_clock.domain.commands import ClockCommand, Judge
from sla_clock.domain.decider import clock_decider
from sla_clock.domain.planning import plan_of
from sla_clock.domain.said import Said
from sla_clock.domain.target import Plan
from sla_clock.projections.ticket_events import TicketFacts, load_facts

HOLD = """
  INSERT INTO timers (ticket, part) SELECT * FROM unnest($1::text[], $2::int[])
  ON CONFLICT DO NOTHING"""
LOCK = "SELECT ticket, judged_at FROM timers WHERE ticket = ANY($1::text[]) ORDER BY 1 FOR UPDATE"
SET = """
  UPDATE timers t SET look_at = u.look_at, judged_at = u.judged_at
  FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) u(ticket, look_at, judged_at)
  WHERE t.ticket = u.ticket"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Why a ticket is looked at. at: None: as of the latest fact that is known."""

    ticket: str
    context: Context
    because: str
    at: datetime | None = None


class Plans:
    """Policy versions as plans, built once."""

    def __init__(self, policies: PolicyBook) -> None:
        self._policies = policies
        self._built: dict[tuple[str, int], Plan] = {}

    def get(self, desk: str, version: int) -> Plan:
        """The plan of that version. Raises NotYet where the policy has not been read."""
        found = self._built.get((desk, version))
        if found is None:
            policy = self._policies.get(desk, version)
            found = self._built[desk, version] = plan_of(policy, version)
        return found


class Judging:
    """The clocks' command path of one process."""

    def __init__(self, store: Any, plans: Plans, partitions: int) -> None:
        self._store = store
        self._plans = plans
        self._partitions = partitions

    async def judge(self, connection: Any, looks: Sequence[Look]) -> int:
        """Say what has changed and set the timers, in the open transaction; events said.

        The timers' rows are locked first, here as where timers fire, so that no two wait for
        each other. Raises NotYet where a ticket's policy is not known yet.
        """
        by_ticket = {look.ticket: look for look in looks}
        tickets = sorted(by_ticket)
        parts = [partition_of(ticket, self._partitions) for ticket in tickets]
        await connection.execute(HOLD, tickets, parts)
        judged = {row["ticket"]: row["judged_at"] for row in await connection.fetch(LOCK, tickets)}
        known = await load_facts(connection, tickets)
        submissions: list[Submission[ClockCommand, Said]] = []
        timers: list[tuple[str, datetime | None, datetime]] = []
        for ticket, facts in sorted(known.items()):
            if facts.policy_version is None or not facts.facts:
                continue
            plan = self._plans.get(facts.desk, facts.policy_version)
            at = _moment(by_ticket[ticket], facts, judged[ticket])
            submissions.append(_submission(by_ticket[ticket], facts, plan, at))
            timers.append((ticket, next_look(clocks(facts.facts, plan, at), at), at))
        outcomes = await handle_batch(self._store, connection, submissions)
        await self._set(connection, timers)
        said = [one for outcome in outcomes for one in getattr(outcome, "envelopes", ())]
        for envelope in said:
            _count(envelope)
        return len(said)

    async def _set(
        self, connection: Any, timers: Sequence[tuple[str, datetime | None, datetime]]
    ) -> None:
        await connection.execute(
            SET,
            [ticket for ticket, _, _ in timers],
            [look_at for _, look_at, _ in timers],
            [judged_at for _, _, judged_at in timers],
        )


def _count(envelope: Envelope) -> None:
    event = envelope.event
    if isinstance(event, sla.ClockBreached):
        metrics.BREACHES.labels(envelope.desk, event.metric).inc()
    elif isinstance(event, sla.ClockAtRisk):
        metrics.AT_RISK.labels(envelope.desk, event.metric).inc()


def _moment(look: Look, facts: TicketFacts, judged_at: Any) -> datetime:
    """Never before a fact that is known, and never before the last look: news go forward.

    An event is judged at its own time, not at the time of its reading: what lies after it may
    already stand in Kafka (architecture 7). The timer looks at the rest.
    """
    moments = [max(fact.at, fact.recorded_at) for fact in facts.facts]
    if look.at is not None:
        moments.append(look.at)
    if isinstance(judged_at, datetime) and judged_at.tzinfo is not None:
        moments.append(judged_at)
    return max(moments)


def _submission(
    look: Look, facts: TicketFacts, plan: Plan, at: datetime
) -> Submission[ClockCommand, Said]:
    return Submission(
        stream=f"ticket/{facts.ticket}",
        subject=facts.ticket,
        desk=facts.desk,
        command=Judge(facts=facts.facts, at=at, because=look.because),
        decider_for=lambda _version: clock_decider(plan),
        context=look.context,
        policy_version=plan.version,
    )
