"""Commands -> events, for a ticket's escalations and for an engineer."""

from functools import partial
from typing import assert_never

import msgspec

from escalation.domain.assignment import assign, claim, dequeue, enqueue, reroute, unassign
from escalation.domain.commands import (
    Assign,
    Claim,
    Dequeue,
    Enqueue,
    Escalate,
    EscalateByClock,
    RegisterEngineer,
    Reroute,
    TicketCommand,
    Unassign,
)
from escalation.domain.escalating import escalate, escalate_by_clock
from escalation.domain.levels import place, shortcomings
from escalation.domain.ticket import Ticket, evolve
from reglament.decider import Decider
from reglament.errors import Refused, Violation
from reglament.events.escalations import EngineerRegistered
from reglament.events.registry import Event
from reglament.policy.model import Policy


def decide(  # noqa: C901, PLR0911 - one a command
    policy: Policy, command: TicketCommand, ticket: Ticket
) -> list[Event]:
    """What follows from the command under the desk's policy."""
    match command:
        case Enqueue():
            return enqueue(command, ticket, policy)
        case Dequeue():
            return dequeue(command, ticket, policy)
        case Claim():
            return claim(command, ticket, policy)
        case Assign():
            return assign(command, ticket, policy)
        case Unassign():
            return unassign(command, ticket, policy)
        case Reroute():
            return reroute(command, ticket, policy)
        case Escalate():
            return escalate(command, ticket, policy)
        case EscalateByClock():
            return escalate_by_clock(command, ticket, policy)
        case _:
            assert_never(command)


def ticket_decider(policy: Policy) -> Decider[TicketCommand, Ticket]:
    """The decider of streams `ticket/<id>` under a desk's policy."""
    return Decider(decide=partial(decide, policy), evolve=evolve, initial_state=Ticket())


def engineer_decider(policy: Policy) -> Decider[RegisterEngineer, EngineerRegistered | None]:
    """The decider of streams `engineer/<desk>/<id>` under a desk's policy."""
    return Decider(decide=partial(_register, policy), evolve=_registered, initial_state=None)


def _registered(state: EngineerRegistered | None, event: Event) -> EngineerRegistered | None:
    return event if isinstance(event, EngineerRegistered) else state


def _register(
    policy: Policy, command: RegisterEngineer, state: EngineerRegistered | None
) -> list[Event]:
    """The engineer's newest state. Refused: not-qualified with all that is lacking (REM-05)."""
    engineer = command.engineer
    if engineer.active or state is None or state.level != engineer.level:
        _refuse_unqualified(policy, command)
    registered = EngineerRegistered(
        at=command.at,
        actor=command.actor,
        engineer=engineer.id,
        desk=command.desk,
        name=command.name,
        email=command.email,
        locale=command.locale,
        active=engineer.active,
        level=engineer.level,
        languages=engineer.languages,
        qualifications=engineer.qualifications,
        since=engineer.since,
        departments=engineer.departments,
    )
    return [] if state is not None and _same(state, registered) else [registered]


def _refuse_unqualified(policy: Policy, command: RegisterEngineer) -> None:
    """Not asked of one who leaves the level where he stood: its demands may have grown since."""
    engineer = command.engineer
    level = place(policy, engineer.level)
    if level < 0:
        raise Refused([Violation(rule="unknown-level", field="level", detail=engineer.level)])
    if found := shortcomings(engineer, policy.levels[level], command.at.date()):
        raise Refused(found, kind="not-qualified")


def _same(before: EngineerRegistered, after: EngineerRegistered) -> bool:
    return msgspec.structs.replace(before, at=after.at, actor=after.actor) == after
