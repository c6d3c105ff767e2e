"""Events of other services, and what they make escalation do."""

import pytest

from escalation.domain.commands import (
    Dequeue,
    Enqueue,
    EscalateByClock,
    Reroute,
    TicketCommand,
)
from escalation.domain.facts import Facts, evolve
from escalation.reactors import Known, commands
from reglament.events import relations, sla, tickets
from reglament.events.registry import Actor, ContentRef, Event
from reglament.policy.model import Policy
from reglament.testing import AT, SYSTEM, envelopes

CONTENT = ContentRef(id="c", version=1, digest="-")
FACTS = Facts(priority="normal", arrived_at=AT, registered=True, accepted=True)
POLICY = Policy.model_validate(
    {
        "desk": "north",
        "name": "North",
        "time_zone": "Europe/Moscow",
        "number": "N-{sequence}",
        "calendars": {"always": {"hours": "24x7"}},
        "channels": {"web": {"accept": "always"}},
        "levels": [{"name": "L1"}, {"name": "L2"}],
        "escalation": [
            {"on": "at_risk", "metric": "first_response", "step": 90, "to": "next_level"},
            {"on": "breached", "metric": "first_response", "to": "L2"},
        ],
    }
)


def reaction(event: Event) -> list[TicketCommand]:
    (envelope,) = envelopes("ticket-1", event)
    return commands(envelope, Known(facts=FACTS, policy=POLICY))


def at_risk(step: str, metric: sla.Metric = "first_response") -> sla.ClockAtRisk:
    return sla.ClockAtRisk(at=AT, actor=SYSTEM, metric=metric, step=step)


def test_an_accepted_ticket_is_put_into_the_queue() -> None:
    accepted = tickets.TicketAccepted(at=AT, actor=SYSTEM, because="registered")
    (command,) = reaction(accepted)
    assert isinstance(command, Enqueue)


@pytest.mark.parametrize(
    "event",
    [
        tickets.Resolved(at=AT, actor=SYSTEM, content=CONTENT),
        tickets.TicketClosed(at=AT, actor=SYSTEM),
        tickets.TicketRefused(at=AT, actor=SYSTEM, reason="abuse"),
        tickets.AcceptanceWithdrawn(at=AT, actor=SYSTEM),
        relations.TicketMerged(at=AT, actor=SYSTEM, into="ticket-2"),
    ],
    ids=["resolved", "closed", "refused", "withdrawn", "merged"],
)
def test_what_ends_or_is_withdrawn_leaves_the_queue(event: Event) -> None:
    (command,) = reaction(event)
    assert isinstance(command, Dequeue)


def test_only_the_steps_that_the_desk_names_escalate() -> None:
    assert reaction(at_risk("75")) == []
    assert reaction(at_risk("90", "handling")) == []
    (command,) = reaction(at_risk("90"))
    assert isinstance(command, EscalateByClock)
    assert (command.step, command.to) == ("90", "next_level")
    assert command.actor.rule == "escalation.0"


def test_a_breach_escalates_as_the_step_breached() -> None:
    breached = sla.ClockBreached(at=AT, actor=SYSTEM, metric="first_response", due_at=AT, cycle=2)
    (command,) = reaction(breached)
    assert isinstance(command, EscalateByClock)
    assert (command.step, command.cycle, command.to) == ("breached", 2, "L2")


def test_messages_do_nothing() -> None:
    assert reaction(tickets.TicketResumed(at=AT, actor=SYSTEM)) == []


def test_an_engineers_priority_is_a_confirmed_one() -> None:
    anna = Actor(kind="engineer", id="anna")
    by_anna = tickets.PriorityChanged(at=AT, actor=anna, priority="high", previous="low")
    by_nobody = tickets.PriorityChanged(at=AT, actor=SYSTEM, priority="high", previous="low")
    first, second = evolve(FACTS, by_anna), evolve(FACTS, by_nobody)
    assert first is not None
    assert first.confirmed
    assert second is not None
    assert not second.confirmed


def test_a_reopened_ticket_waits_from_then_on() -> None:
    ended = evolve(FACTS, tickets.TicketClosed(at=AT, actor=SYSTEM))
    assert ended is not None
    assert ended.ended
    later = AT.replace(hour=20)
    again = evolve(ended, tickets.TicketReopened(at=later, actor=SYSTEM, reason="agent"))
    assert again is not None
    assert (again.ended, again.arrived_at) == (False, later)


def test_nothing_is_known_before_the_first_event() -> None:
    assert evolve(None, tickets.TicketClosed(at=AT, actor=SYSTEM)) is None


def test_a_reopened_ticket_stays_only_with_an_engineer_who_is_there() -> None:
    (command,) = reaction(tickets.TicketReopened(at=AT, actor=SYSTEM, reason="requester"))
    assert isinstance(command, Reroute)
    assert command.actor.rule == "reopened"
