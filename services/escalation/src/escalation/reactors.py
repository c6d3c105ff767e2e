"""Events of other services -> commands here. One visible table (architecture 8)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from escalation.domain.commands import Dequeue, Engineer, Enqueue, EscalateByClock, TicketCommand
from escalation.domain.facts import Facts
from reglament.events import sla, tickets
from reglament.events.envelope import Envelope
from reglament.events.registry import Actor, Event
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
    tickets.CategoryChanged: enqueue,
    tickets.TicketReopened: enqueue,
    tickets.AcceptanceWithdrawn: dequeue,
    tickets.Resolved: dequeue,
    tickets.TicketClosed: dequeue,
    tickets.TicketRefused: dequeue,
    sla.ClockAtRisk: act_on_clock,
    sla.ClockBreached: act_on_clock,
}


def commands(envelope: Envelope, known: Known) -> list[TicketCommand]:
    """What the event makes escalation do; empty for those that it only learns facts from."""
    reaction = REACTIONS.get(type(envelope.event))
    return [] if reaction is None else reaction(envelope, known)
