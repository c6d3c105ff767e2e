"""Who has the ticket: claims, assignments, and taking it back."""

from escalation.domain.commands import (
    Assign,
    Claim,
    Command,
    Dequeue,
    Enqueue,
    Reroute,
    Unassign,
)
from escalation.domain.facts import is_queueable
from escalation.domain.levels import first, obstacles, serves
from escalation.domain.queue import rank
from escalation.domain.ticket import Place, Ticket
from reglament.errors import Refused, Violation
from reglament.events.escalations import Assigned, Dequeued, Queued, Unassigned
from reglament.events.registry import Event
from reglament.policy.model import Policy


def place_of(command: Command, level: str, policy: Policy) -> Place:
    """Where the ticket stands in the level's queue."""
    return Place(
        level=level,
        rank=rank(command.facts, policy),
        waiting_since=command.facts.arrived_at,
        department=command.facts.department,
    )


def queued(command: Command, level: str, policy: Policy) -> list[Event]:
    """Queued, where the desk's queue takes such a ticket."""
    if not is_queueable(command.facts, policy):
        return []
    place = place_of(command, level, policy)
    return [
        Queued(
            at=command.at,
            actor=command.actor,
            level=place.level,
            rank=place.rank,
            waiting_since=place.waiting_since,
            department=place.department,
        )
    ]


def enqueue(command: Enqueue, ticket: Ticket, policy: Policy) -> list[Event]:
    """Into the queue; nothing where somebody has it, or where it stands there already."""
    level = ticket.level or first(policy)
    if ticket.engineer is not None or ticket.place == place_of(command, level, policy):
        return []
    return queued(command, level, policy)


def dequeue(command: Dequeue, ticket: Ticket, policy: Policy) -> list[Event]:
    """Out of the queue, where it stands there and the desk's queue takes it no more."""
    if ticket.place is None or is_queueable(command.facts, policy):
        return []
    return [
        Dequeued(
            at=command.at,
            actor=command.actor,
            level=ticket.place.level,
            because="ended" if command.facts.ended else "withdrawn",
        )
    ]


def claim(command: Claim, ticket: Ticket, policy: Policy) -> list[Event]:
    """The engineer takes it out of the queue. Refused: not-queued, or what he lacks."""
    if ticket.place is None or not is_queueable(command.facts, policy):
        raise Refused([Violation(rule="not-queued", field="ticket")], kind="not-queued")
    return [_assigned(command, ticket.place.level, policy)]


def assign(command: Assign, ticket: Ticket, policy: Policy) -> list[Event]:
    """The engineer gets it, whoever had it. Refused: ticket-ended, ticket-not-registered, or what
    he lacks.
    """
    refuse_unless_live(command)
    if ticket.engineer == command.engineer.id:
        return []
    assigned = _assigned(command, ticket.level or first(policy), policy)
    return [*_released(command, ticket, "reassigned"), assigned]


def refuse_unless_live(command: Command) -> None:
    """One that has ended goes nowhere; nobody works on a returned one, it has no clocks yet."""
    if command.facts.ended:
        raise Refused([Violation(rule="ticket-ended", field="ticket")], kind="ticket-ended")
    if not command.facts.registered:
        raise Refused([Violation(rule="ticket-not-registered", field="ticket")])


def _assigned(command: Claim | Assign, level: str, policy: Policy) -> Assigned:
    found = obstacles(command.engineer, level, policy, command.at.date())
    if found:
        raise Refused(found, kind="not-qualified")
    return Assigned(
        at=command.at,
        actor=command.actor,
        engineer=command.engineer.id,
        level=level,
        because="claim" if isinstance(command, Claim) else "assignment",
    )


def _released(command: Command, ticket: Ticket, because: str) -> list[Event]:
    if ticket.engineer is None:
        return []
    return [
        Unassigned(at=command.at, actor=command.actor, engineer=ticket.engineer, because=because)
    ]


def unassign(command: Unassign, ticket: Ticket, policy: Policy) -> list[Event]:
    """Taken from its engineer; it goes back to its place in its level's queue."""
    if ticket.engineer is None or command.of not in (None, ticket.engineer):
        return []
    level = ticket.level or first(policy)
    return [*_released(command, ticket, command.because), *queued(command, level, policy)]


def reroute(command: Reroute, ticket: Ticket, policy: Policy) -> list[Event]:
    """Into its department's queue, unless the one who has it is there and serves there."""
    department = command.facts.department
    holder = next((each for each in command.engineers if each.id == ticket.engineer), None)
    if holder is not None and holder.active and serves(holder, department):
        return []
    level = ticket.level or first(policy)
    if ticket.engineer is None and ticket.place == place_of(command, level, policy):
        return []
    because = "engineer-inactive" if holder is not None and not holder.active else "handed-over"
    return [*_released(command, ticket, because), *queued(command, level, policy)]


def moved(command: Command, ticket: Ticket, level: str, policy: Policy) -> list[Event]:
    """What an escalation does besides: nobody has it, and it queues at its new level."""
    return [*_released(command, ticket, "escalated"), *queued(command, level, policy)]
