"""Looks at tickets' clocks in a transaction: facts in, events and the next look out.

One path for a consumed event and for a timer that came due (architecture 1, 6).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from reglament import metrics
from reglament.command_handler import Submission, handle_batch
from reglament.events import sla
from reglament.events.envelope import Envelope
from reglament.events.registry import Actor
from reglament.eventstore.store import Context
from reglament.eventstore.together import Together
from reglament.messaging.partitions import partition_of
from sla_clock.domain.clock import Clock, clocks, next_look
from sla_clock.domain.commands import ClockCommand, Judge, Migrate
from sla_clock.domain.decider import clock_decider
from sla_clock.domain.facts import Migrated
from sla_clock.domain.said import Said
from sla_clock.domain.target import Plan
from sla_clock.plans import Move, Plans, migrated, moved, standing
from sla_clock.projections.ticket_events import TicketFacts, load_facts
from sla_clock.reports.keeping import keep
from sla_clock.reports.outcomes import arrival_of, outcomes_of

HOLD = """
  INSERT INTO timers (ticket, part) SELECT * FROM unnest($1::text[], $2::int[])
  ON CONFLICT DO NOTHING"""
LOCK = """
  SELECT ticket, look_at, nullif(judged_at, '-infinity') AS judged_at
  FROM timers WHERE ticket = ANY($1::text[]) ORDER BY 1 FOR UPDATE"""
SET = """
  UPDATE timers t SET look_at = u.look_at, judged_at = u.judged_at
  FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) u(ticket, look_at, judged_at)
  WHERE t.ticket = u.ticket"""

Migration = tuple[int, Migrated]  # from which version, and what happens


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Why a ticket is looked at. at: None: as of the latest fact that is known.

    move: what holds from now on, said by `actor`.
    """

    ticket: str
    context: Context
    because: str
    at: datetime | None = None
    move: Move | None = None
    actor: Actor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A ticket's clocks as they are at an instant, before anything is said of them."""

    look: Look
    facts: TicketFacts
    plan: Plan
    at: datetime
    found: tuple[Clock, ...]
    migration: Migration | None = None


class Judges(Protocol):
    """What timers ask: Judging, or one that adds to it."""

    async def judge(
        self, connection: Any, looks: Sequence[Look], *, is_known: bool = False
    ) -> list[Envelope]:
        """As Judging.judge."""
        ...


class Judging:
    """The clocks' command path of one process."""

    def __init__(self, store: Any, plans: Plans, partitions: int) -> None:
        self._store = store
        self._plans = plans
        self._partitions = partitions

    async def judge(
        self, connection: Any, looks: Sequence[Look], *, is_known: bool = False
    ) -> list[Envelope]:
        """Say what has changed and set the timers, in the open transaction; what was said.

        The timers' rows are locked first, here as where timers fire, so that no two wait for
        each other. is_known: the tickets have their timers. Raises NotYet where a ticket's policy
        is not known yet.
        """
        by_ticket = {look.ticket: look for look in looks}
        tickets = sorted(by_ticket)
        if not is_known:
            parts = [partition_of(ticket, self._partitions) for ticket in tickets]
            await connection.execute(HOLD, tickets, parts)
        timers = {row["ticket"]: row for row in await connection.fetch(LOCK, tickets)}
        known = await load_facts(connection, tickets)
        judged = [
            judgement
            for ticket, facts in sorted(known.items())
            if (judgement := self._judgement(by_ticket[ticket], facts, timers[ticket]))
        ]
        if not judged:
            return []
        outcomes = await handle_batch(self._store, connection, [_submission(one) for one in judged])
        said = [one for outcome in outcomes for one in getattr(outcome, "envelopes", ())]
        writing = Together(connection)
        await _set(writing, judged)
        await _keep(writing, judged, said)
        await writing.send()
        for envelope in said:
            _count(envelope)
        return said

    def _judgement(
        self, look: Look, facts: TicketFacts, timer: Mapping[str, Any]
    ) -> Judgement | None:
        if facts.policy_version is None or not facts.facts:
            return None
        plan = self._plans.of(facts)
        at = _moment(look, facts, timer["judged_at"])
        if look.at is None and _is_due(timer, at):
            return None
        migration: Migration | None = None
        if look.move is not None:
            before, after = standing(facts, plan), self._plans.after(facts, look.move)
            if before == after:
                return None
            fact = migrated(before, after, at)
            facts, migration = moved(facts, fact), (before[0], fact)
        found = clocks(facts.facts, plan, at)
        return Judgement(look=look, facts=facts, plan=plan, at=at, found=found, migration=migration)


def _is_due(timer: Mapping[str, Any], at: datetime) -> bool:
    """The timer was to look before the event: it will, once its partition has been read up.

    What an event of one topic finds overdue, one of another topic that is not read yet may have
    met in time; only the timer waits for all of them (architecture 7).
    """
    look_at: datetime | None = timer["look_at"]
    return look_at is not None and look_at <= at


async def _set(connection: Any, judged: Sequence[Judgement]) -> None:
    await connection.execute(
        SET,
        [one.facts.ticket for one in judged],
        [next_look(one.found, one.at) for one in judged],
        [one.at for one in judged],
    )


async def _keep(connection: Any, judged: Sequence[Judgement], said: Sequence[Envelope]) -> None:
    """What reports sum up."""
    breached: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
    for envelope in said:
        if isinstance(envelope.event, sla.ClockBreached):
            breached[envelope.subject].add((envelope.event.metric, envelope.event.cycle))
    rows = [
        row
        for one in judged
        for row in outcomes_of(
            one.facts, one.found, one.at, frozenset(breached.get(one.facts.ticket, ()))
        )
    ]
    arrivals = [row for one in judged if (row := arrival_of(one.facts, one.at))]
    await keep(connection, [one.facts.ticket for one in judged], rows, arrivals)


def _count(envelope: Envelope) -> None:
    event = envelope.event
    if isinstance(event, sla.ClockBreached):
        metrics.BREACHES.labels(envelope.desk, event.metric).inc()
    elif isinstance(event, sla.ClockMet):
        metrics.MET.labels(envelope.desk, event.metric).inc()
    elif isinstance(event, sla.ClockAtRisk):
        metrics.AT_RISK.labels(envelope.desk, event.metric).inc()


def _moment(look: Look, facts: TicketFacts, judged_at: datetime | None) -> datetime:
    """Never before a fact that is known, and never before the last look: news go forward.

    An event is judged at its own time, not at the time of its reading: what lies after it may
    already stand in Kafka (architecture 7). The timer looks at the rest.
    """
    moments = [max(fact.at, fact.recorded_at) for fact in facts.facts]
    moments += [moment for moment in (look.at, judged_at) if moment is not None]
    return max(moments)


def _submission(judged: Judgement) -> Submission[ClockCommand, Said]:
    facts, look = judged.facts, judged.look
    judge = Judge(facts=facts.facts, at=judged.at, because=look.because)
    return Submission(
        stream=f"ticket/{facts.ticket}",
        subject=facts.ticket,
        desk=facts.desk,
        command=_migration(judged, judge) or judge,
        decider_for=lambda _version: clock_decider(judged.plan, judged.found),
        context=look.context,
        policy_version=judged.plan.version,
    )


def _migration(judged: Judgement, judge: Judge) -> Migrate | None:
    if judged.migration is None or judged.look.actor is None:
        return None
    previous, fact = judged.migration
    return Migrate(
        previous=previous,
        version=fact.version,
        editions=fact.editions,
        actor=judged.look.actor,
        judge=judge,
    )
