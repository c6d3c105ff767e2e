"""From a level to the next, by request or by a clock's step (REM-03)."""

from escalation.domain.assignment import moved, refuse_unless_live
from escalation.domain.commands import Escalate, EscalateByClock
from escalation.domain.levels import above, first, place, told
from escalation.domain.ticket import Ticket
from reglament.errors import Refused, Violation
from reglament.events.escalations import Escalated, EscalationExhausted
from reglament.events.registry import Event
from reglament.policy.model import Policy


def escalate(command: Escalate, ticket: Ticket, policy: Policy) -> list[Event]:
    """One level up. Refused: ticket-ended, ticket-not-registered, no-higher-level,
    one-level-at-a-time.
    """
    refuse_unless_live(command)
    level = ticket.level or first(policy)
    following = above(policy, level)
    if following is None:
        raise _refused("no-higher-level", level)
    if command.to is not None and command.to != following:
        known = place(policy, command.to) >= 0
        raise _refused("one-level-at-a-time" if known else "unknown-level", command.to)
    escalated = Escalated(
        at=command.at,
        actor=command.actor,
        from_level=level,
        to_level=following,
        cause="request",
        notify=_notified(command, ticket, following),
    )
    return [escalated, *moved(command, ticket, following, policy)]


def escalate_by_clock(command: EscalateByClock, ticket: Ticket, policy: Policy) -> list[Event]:
    """One level up, once a metric, cycle and step; at the top it is said that there is none."""
    if command.facts.ended or (command.metric, command.cycle, command.step) in ticket.fired:
        return []
    level = ticket.level or first(policy)
    if _is_reached(command, level, policy):
        return []
    following = above(policy, level)
    if following is None:
        return [_exhausted(command, ticket, level)]
    escalated = Escalated(
        at=command.at,
        actor=command.actor,
        from_level=level,
        to_level=following,
        cause="clock",
        metric=command.metric,
        cycle=command.cycle,
        step=command.step,
        notify=_notified(command, ticket, following),
    )
    return [escalated, *moved(command, ticket, following, policy)]


def _is_reached(command: EscalateByClock, level: str, policy: Policy) -> bool:
    """The step names a level, and the ticket is there or above."""
    return command.to != "next_level" and place(policy, level) >= place(policy, command.to)


def _exhausted(command: EscalateByClock, ticket: Ticket, level: str) -> Event:
    notify = (ticket.engineer,) if ticket.engineer else _notified(command, ticket, level)
    return EscalationExhausted(
        at=command.at,
        actor=command.actor,
        level=level,
        metric=command.metric,
        cycle=command.cycle,
        step=command.step,
        notify=notify,
    )


def _notified(command: Escalate | EscalateByClock, ticket: Ticket, level: str) -> tuple[str, ...]:
    """The level's engineers; where it has none, the one who has had the ticket."""
    notify = told(command.engineers, level, command.facts.department)
    return notify or ((ticket.engineer,) if ticket.engineer else ())


def _refused(rule: str, level: str) -> Refused:
    return Refused([Violation(rule=rule, field="to", detail=level)], kind="rules-violated")
