"""Events of other services -> commands here. One visible table (architecture 8)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from escalation.domain.commands import (
    Dequeue,
    Engineer,
    Enqueue,
    EscalateByClock,
    Reroute,
    TicketCommand,
)
from escalation.domain.decider import ticket_decider
from escalation.domain.facts import Facts
from escalation.projections.engineers import load_engineers
from escalation.projections.facts import load_facts
from reglament import metrics
from reglament.command_handler import Submission, handle_batch
from reglament.errors import NotYet
from reglament.events import relations, sla, tickets, work
from reglament.events.envelope import Envelope
from reglament.events.escalations import Escalated
from reglament.events.registry import Actor, Event
from reglament.eventstore.store import Appended
from reglament.messaging.consumption import caused_by
from reglament.policy.model import EscalationStep, Policy

BREACHED = "breached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a reaction goes by: the facts after the event, the ticket's policy, the engineers."""

    facts: Facts
    policy: Policy
    engineers: tuple[Engineer, ...] = ()


Reaction = Callable[[Envelope, Known], list[TicketCommand]]


def enqueue(envelope: Envelope, known: Known) -> list[TicketCommand]:
    """It enters the queue, or its place changes; the decider knows whether there is anything."""
    rule = f"queue.from={known.policy.queue.from_}"
    return [Enqueue(at=envelope.at, actor=_system(rule), facts=known.facts)]


def dequeue(envelope: Envelope, known: Known) -> list[TicketCommand]:
    """Nobody is to take it any more, or for now."""
    return [Dequeue(at=envelope.at, actor=_system("ticket-ended"), facts=known.facts)]


def reroute(envelope: Envelope, known: Known) -> list[TicketCommand]:
    """Another department has it now, or it goes on after its end."""
    actor = _system("handed-over" if isinstance(envelope.event, work.HandedOver) else "reopened")
    return [Reroute(at=envelope.at, actor=actor, facts=known.facts, engineers=known.engineers)]


def act_on_clock(envelope: Envelope, known: Known) -> list[TicketCommand]:
    """Every step of the desk's that this clock's event fires."""
    event = envelope.event
    if not isinstance(event, sla.ClockAtRisk | sla.ClockBreached):
        return []
    fired = event.step if isinstance(event, sla.ClockAtRisk) else BREACHED
    return [
        EscalateByClock(
            at=envelope.at,
            actor=_system(f"escalation.{index}"),
            facts=known.facts,
            metric=event.metric,
            cycle=event.cycle,
            step=fired,
            to=step.to,
            engineers=known.engineers,
        )
        for index, step in enumerate(known.policy.escalation)
        if _matches(step, event)
    ]


def _matches(step: EscalationStep, event: sla.ClockAtRisk | sla.ClockBreached) -> bool:
    if step.metric != event.metric:
        return False
    if isinstance(event, sla.ClockBreached):
        return step.on == "breached"
    return step.on == "at_risk" and (step.step is None or str(step.step) == event.step)


def _system(rule: str) -> Actor:
    return Actor(kind="system", id="escalation", rule=rule)


REACTIONS: Mapping[type[Event], Reaction] = {
    tickets.TicketOpened: enqueue,
    tickets.TicketAccepted: enqueue,
    tickets.PriorityChanged: enqueue,
    tickets.PriorityConfirmed: enqueue,
    tickets.CategoryChanged: enqueue,
    tickets.TicketReopened: reroute,
    tickets.AcceptanceWithdrawn: dequeue,
    tickets.Resolved: dequeue,
    tickets.TicketClosed: dequeue,
    tickets.TicketRefused: dequeue,
    relations.TicketMerged: dequeue,
    work.HandedOver: reroute,
    sla.ClockAtRisk: act_on_clock,
    sla.ClockBreached: act_on_clock,
}


def commands(envelope: Envelope, known: Known) -> list[TicketCommand]:
    """What the event makes escalation do; empty for those that it only learns facts from."""
    reaction = REACTIONS.get(type(envelope.event))
    return [] if reaction is None else reaction(envelope, known)


def counted(outcomes: Iterable[object]) -> None:
    """Count the escalations among what was appended."""
    for outcome in outcomes:
        for envelope in outcome.envelopes if isinstance(outcome, Appended) else ():
            if isinstance(envelope.event, Escalated):
                metrics.ESCALATIONS.labels(envelope.desk, envelope.event.to_level).inc()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reactor:
    """policy_of: `(desk, version)` -> the rules. Raises NotYet until they have been read."""

    store: Any
    policy_of: Callable[[str, int], Policy]

    async def react(self, connection: Any, envelopes: Sequence[Envelope]) -> None:
        """All that follows from a batch, in the consumer's transaction.

        Raises NotYet for a clock's event whose ticket is still on its way: its topic waits.
        """
        relevant = [each for each in envelopes if type(each.event) in REACTIONS]
        if not relevant:
            return
        facts = await load_facts(connection, [envelope.subject for envelope in relevant])
        engineers = await load_engineers(connection, [envelope.desk for envelope in relevant])
        submissions: list[Submission[Any, Any]] = []
        for envelope in relevant:
            row = facts.get(envelope.subject)
            if row is None or row.policy_version is None:
                raise NotYet(f"ticket {envelope.subject}")
            known = Known(
                facts=row.facts,
                policy=self.policy_of(row.desk, row.policy_version),
                engineers=tuple(engineers.get(row.desk, ())),
            )
            submissions += [
                self._submission(envelope, command, row.policy_version)
                for command in commands(envelope, known)
            ]
        if submissions:
            outcomes = await handle_batch(self.store, connection, submissions)
            counted(outcomes)

    def _submission(
        self, envelope: Envelope, command: TicketCommand, version: int
    ) -> Submission[Any, Any]:
        return Submission(
            stream=f"ticket/{envelope.subject}",
            subject=envelope.subject,
            desk=envelope.desk,
            command=command,
            decider_for=lambda pinned: ticket_decider(
                self.policy_of(envelope.desk, pinned or version)
            ),
            context=caused_by(envelope),
            policy_version=version,
        )
