"""The work on a ticket: time spent, departments, calls asked for, the requester's opinion."""

from intake.domain.commands import HandOver, LogWork, Rate, RequestCallback
from intake.domain.phases import LIVE, refuse_unless
from intake.domain.ticket import Ticket
from reglament.errors import Refused, Violation
from reglament.events.registry import Event
from reglament.events.work import CallbackRequested, HandedOver, TicketRated, WorkLogged
from reglament.policy.model import Policy


def log_work(command: LogWork, state: Ticket) -> list[Event]:
    """Minutes of the engineer who says so, at his ticket's level and department (REM-08)."""
    refuse_unless(state, *LIVE, "resolved", "closed")
    return [
        WorkLogged(
            at=command.at,
            actor=command.actor,
            minutes=command.minutes,
            engineer=command.actor.id,
            level=command.level,
            department=state.department,
            content=command.content,
        )
    ]


def hand_over(policy: Policy, command: HandOver, state: Ticket) -> list[Event]:
    """To one of the desk's departments, or back (MIC-06). Raises Refused(department-unknown)."""
    refuse_unless(state, *LIVE)
    known = policy.known_departments
    if command.department is not None and command.department not in known:
        detail = ", ".join(known)
        raise Refused([Violation(rule="department-unknown", field="department", detail=detail)])
    if command.department == state.department:
        return []
    return [
        HandedOver(
            at=command.at,
            actor=command.actor,
            department=command.department,
            previous=state.department,
            content=command.content,
        )
    ]


def rate(command: Rate, state: Ticket) -> list[Event]:
    """What the requester thinks of the answer, once there is one."""
    refuse_unless(state, "resolved", "closed")
    return [
        TicketRated(
            at=command.at, actor=command.actor, score=command.score, content=command.content
        )
    ]


def request_callback(command: RequestCallback, state: Ticket) -> list[Event]:
    """A call that is awaited already is not asked for again; one that was made, is."""
    refuse_unless(state, "returned", *LIVE, "resolved")
    if state.wants_callback and "answer" not in state.callbacks:
        return []
    return [CallbackRequested(at=command.at, actor=command.actor)]
