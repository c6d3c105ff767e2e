"""Queues, claims and escalations: what follows from what."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from escalation.domain.commands import (
    Assign,
    Claim,
    Engineer,
    Enqueue,
    Escalate,
    EscalateByClock,
    RegisterEngineer,
    Reroute,
    TicketCommand,
    Unassign,
)
from escalation.domain.decider import engineer_decider, ticket_decider
from escalation.domain.facts import Facts
from reglament.decider import fold
from reglament.errors import Refused
from reglament.events.escalations import (
    Assigned,
    EngineerRegistered,
    Escalated,
    EscalationExhausted,
    Queued,
    Unassigned,
)
from reglament.events.registry import Actor, Event
from reglament.policy.model import Policy

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ARRIVED = NOON - timedelta(hours=1)
SYSTEM = Actor(kind="system", id="escalation")
FACTS = Facts(priority="normal", arrived_at=ARRIVED, registered=True, accepted=True)
POLICY = Policy.model_validate(
    {
        "desk": "north",
        "name": "North",
        "time_zone": "Europe/Moscow",
        "number": "N-{sequence}",
        "calendars": {"always": {"hours": "24x7"}},
        "channels": {"web": {"accept": "always"}},
        "levels": [
            {"name": "L1", "languages": ["ru"]},
            {
                "name": "L2",
                "languages": ["ru", "en"],
                "qualifications": ["exam"],
                "served": "180d",
            },
            {"name": "L3", "languages": ["ru"]},
        ],
    }
)
ANNA = Engineer(id="anna", level="L1", languages=("ru",))
BORIS = Engineer(
    id="boris",
    level="L2",
    languages=("ru", "en"),
    qualifications=("exam",),
    since=date(2026, 1, 1),
)
QUEUED = Queued(at=NOON, actor=SYSTEM, level="L1", rank=2, waiting_since=ARRIVED)
AT_ANNA = Assigned(at=NOON, actor=SYSTEM, engineer="anna", level="L1", because="claim")


def outcome(history: Sequence[Event], command: TicketCommand) -> list[Event]:
    decider = ticket_decider(POLICY)
    return list(decider.decide(command, fold(decider, history)))


def refusal(history: Sequence[Event], command: TicketCommand) -> list[str]:
    with pytest.raises(Refused) as caught:
        outcome(history, command)
    return [violation.rule for violation in caught.value.violations]


def enqueue(facts: Facts = FACTS) -> Enqueue:
    return Enqueue(at=NOON, actor=SYSTEM, facts=facts)


def by_clock(step: str = "90", cycle: int = 1, to: str = "next_level") -> EscalateByClock:
    return EscalateByClock(
        at=NOON,
        actor=SYSTEM,
        facts=FACTS,
        metric="first_response",
        cycle=cycle,
        step=step,
        to=to,
        engineers=(ANNA, BORIS),
    )


def test_an_accepted_ticket_queues_at_the_first_level_by_its_arrival() -> None:
    assert outcome([], enqueue()) == [QUEUED]


def test_a_ticket_queues_once() -> None:
    assert outcome([QUEUED], enqueue()) == []


def test_an_unconfirmed_ticket_does_not_queue() -> None:
    unconfirmed = Facts(priority="normal", arrived_at=ARRIVED, registered=True)
    assert outcome([], enqueue(unconfirmed)) == []


def test_a_ticket_in_somebodys_hands_does_not_queue() -> None:
    assert outcome([QUEUED, AT_ANNA], enqueue()) == []


def test_a_claim_assigns_at_the_queues_level() -> None:
    command = Claim(at=NOON, actor=SYSTEM, facts=FACTS, engineer=ANNA)
    assert outcome([QUEUED], command) == [AT_ANNA]


def test_a_ticket_that_somebody_has_cannot_be_claimed() -> None:
    command = Claim(at=NOON, actor=SYSTEM, facts=FACTS, engineer=BORIS)
    assert refusal([QUEUED, AT_ANNA], command) == ["not-queued"]


@pytest.mark.rule("REM-05")
@pytest.mark.parametrize(
    ("engineer", "lacks"),
    [
        (ANNA, ["level-too-low"]),
        (
            Engineer(id="c", level="L3", languages=("ru",)),
            ["language-missing", "qualification-missing", "served-too-short"],
        ),
        (Engineer(id="d", level="L3", active=False), ["engineer-inactive"]),
    ],
    ids=["lower level", "unqualified", "inactive"],
)
def test_only_a_qualified_engineer_takes_a_levels_ticket(
    engineer: Engineer, lacks: list[str]
) -> None:
    at_l2 = Queued(at=NOON, actor=SYSTEM, level="L2", rank=2, waiting_since=ARRIVED)
    command = Claim(at=NOON, actor=SYSTEM, facts=FACTS, engineer=engineer)
    assert refusal([at_l2], command) == lacks


def test_an_assignment_takes_the_ticket_from_whom_had_it() -> None:
    command = Assign(at=NOON, actor=SYSTEM, facts=FACTS, engineer=BORIS)
    released, assigned = outcome([QUEUED, AT_ANNA], command)
    assert isinstance(released, Unassigned)
    assert released.engineer == "anna"
    assert isinstance(assigned, Assigned)
    assert (assigned.engineer, assigned.because) == ("boris", "assignment")


def test_a_ticket_given_back_stands_where_it_stood() -> None:
    command = Unassign(at=NOON, actor=SYSTEM, facts=FACTS, because="request")
    released, queued = outcome([QUEUED, AT_ANNA], command)
    assert isinstance(released, Unassigned)
    assert queued == QUEUED


@pytest.mark.rule("REM-03")
def test_an_escalation_goes_one_level_up_and_nobody_has_the_ticket() -> None:
    command = Escalate(at=NOON, actor=SYSTEM, facts=FACTS, engineers=(ANNA, BORIS))
    escalated, released, queued = outcome([QUEUED, AT_ANNA], command)
    assert isinstance(escalated, Escalated)
    assert (escalated.from_level, escalated.to_level, escalated.cause) == ("L1", "L2", "request")
    assert escalated.notify == ("boris",)
    assert isinstance(released, Unassigned)
    assert isinstance(queued, Queued)
    assert (queued.level, queued.waiting_since) == ("L2", ARRIVED)


@pytest.mark.rule("REM-03")
@pytest.mark.parametrize(("to", "rule"), [("L3", "one-level-at-a-time"), ("L9", "unknown-level")])
def test_an_escalation_skips_no_level(to: str, rule: str) -> None:
    command = Escalate(at=NOON, actor=SYSTEM, facts=FACTS, to=to)
    assert refusal([QUEUED], command) == [rule]


def test_above_the_top_there_is_nothing() -> None:
    top = Queued(at=NOON, actor=SYSTEM, level="L3", rank=2, waiting_since=ARRIVED)
    assert refusal([top], Escalate(at=NOON, actor=SYSTEM, facts=FACTS)) == ["no-higher-level"]


def test_a_clocks_step_escalates_once_a_metric_and_cycle() -> None:
    events = outcome([QUEUED], by_clock())
    assert isinstance(events[0], Escalated)
    assert events[0].cause == "clock"
    assert outcome([QUEUED, *events], by_clock()) == []
    assert outcome([QUEUED, *events], by_clock(cycle=2)) != []


def test_the_clock_at_the_top_level_says_that_it_is_exhausted() -> None:
    top = Queued(at=NOON, actor=SYSTEM, level="L3", rank=2, waiting_since=ARRIVED)
    (event,) = outcome([top], by_clock("breached"))
    assert isinstance(event, EscalationExhausted)
    assert outcome([top, event], by_clock("breached")) == []


def test_a_step_that_names_a_level_goes_no_higher() -> None:
    at_l2 = Queued(at=NOON, actor=SYSTEM, level="L2", rank=2, waiting_since=ARRIVED)
    assert outcome([at_l2], by_clock(to="L2")) == []
    assert outcome([at_l2], by_clock(to="L3")) != []


def test_the_one_who_had_the_ticket_is_told_where_the_level_has_nobody() -> None:
    command = Escalate(at=NOON, actor=SYSTEM, facts=FACTS, engineers=(ANNA,))
    escalated = outcome([QUEUED, AT_ANNA], command)[0]
    assert isinstance(escalated, Escalated)
    assert escalated.notify == ("anna",)


def test_a_clock_that_fires_after_the_end_escalates_nothing() -> None:
    ended = Facts(priority="normal", arrived_at=ARRIVED, registered=True, ended=True)
    command = EscalateByClock(
        at=NOON, actor=SYSTEM, facts=ended, metric="handling", cycle=1, step="breached"
    )
    assert outcome([QUEUED], command) == []


def register(engineer: Engineer) -> RegisterEngineer:
    return RegisterEngineer(
        at=NOON, actor=SYSTEM, desk="north", engineer=engineer, name="B", email="b@north.example"
    )


@pytest.mark.rule("REM-05")
def test_promotion_without_what_the_level_demands_is_refused() -> None:
    decider = engineer_decider(POLICY)
    promoted = Engineer(id="anna", level="L2", languages=("ru",), since=date(2026, 11, 1))
    with pytest.raises(Refused) as caught:
        decider.decide(register(promoted), None)
    assert {violation.rule for violation in caught.value.violations} == {
        "language-missing",
        "qualification-missing",
        "served-too-short",
    }


def test_an_engineer_said_again_is_no_event() -> None:
    decider = engineer_decider(POLICY)
    (event,) = decider.decide(register(BORIS), None)
    assert isinstance(event, EngineerRegistered)
    assert decider.decide(register(BORIS), event) == []


@pytest.mark.rule("MIC-06")
def test_a_ticket_handed_over_queues_in_its_department_and_leaves_who_does_not_serve_there() -> (
    None
):
    there = replace(FACTS, department="development")
    anna = replace(ANNA, departments=("support",))
    away = Reroute(at=NOON, actor=SYSTEM, facts=there, engineers=(anna, BORIS))
    released, queued = outcome([QUEUED, AT_ANNA], away)
    assert isinstance(released, Unassigned)
    assert (released.engineer, released.because) == ("anna", "handed-over")
    assert isinstance(queued, Queued)
    assert (queued.level, queued.department) == ("L1", "development")
    assert outcome([QUEUED, AT_ANNA, released, queued], away) == []


def test_an_engineer_of_all_departments_keeps_a_ticket_that_is_handed_over() -> None:
    there = replace(FACTS, department="development")
    away = Reroute(at=NOON, actor=SYSTEM, facts=there, engineers=(ANNA,))
    assert outcome([QUEUED, AT_ANNA], away) == []
    waiting = outcome([QUEUED], away)
    assert [type(event) for event in waiting] == [Queued]


def test_what_is_taken_from_one_who_leaves_is_not_taken_from_his_successor() -> None:
    to_boris = Assigned(at=NOON, actor=SYSTEM, engineer="boris", level="L1", because="assignment")
    command = Unassign(at=NOON, actor=SYSTEM, facts=FACTS, because="engineer-inactive", of="anna")
    assert outcome([QUEUED, to_boris], command) == []
    assert [type(each) for each in outcome([QUEUED, AT_ANNA], command)] == [Unassigned, Queued]


def test_what_goes_on_after_its_end_queues_where_its_engineer_has_left() -> None:
    gone = replace(ANNA, active=False)
    command = Reroute(at=NOON, actor=SYSTEM, facts=FACTS, engineers=(gone, BORIS))
    left, queued = outcome([QUEUED, AT_ANNA], command)
    assert isinstance(left, Unassigned)
    assert (left.engineer, left.because) == ("anna", "engineer-inactive")
    assert queued == QUEUED


def test_what_goes_on_after_its_end_stays_with_its_engineer() -> None:
    command = Reroute(at=NOON, actor=SYSTEM, facts=FACTS, engineers=(ANNA, BORIS))
    assert outcome([QUEUED, AT_ANNA], command) == []


def test_nobody_works_on_a_returned_request() -> None:
    returned = Facts(priority="normal", arrived_at=ARRIVED)
    assign = Assign(at=NOON, actor=SYSTEM, facts=returned, engineer=ANNA)
    assert refusal([], assign) == ["ticket-not-registered"]
    assert refusal([], Escalate(at=NOON, actor=SYSTEM, facts=returned)) == ["ticket-not-registered"]


def test_one_who_no_longer_brings_what_his_level_demands_can_leave_it() -> None:
    decider = engineer_decider(POLICY)
    before = register(replace(BORIS, qualifications=()))
    stood = EngineerRegistered(
        at=NOON,
        actor=SYSTEM,
        engineer="boris",
        desk="north",
        name="Boris",
        email="boris@north.example",
        level="L2",
    )
    with pytest.raises(Refused):
        decider.decide(before, stood)
    leaving = replace(before, engineer=replace(before.engineer, active=False))
    (left,) = decider.decide(leaving, stood)
    assert isinstance(left, EngineerRegistered)
    assert not left.active
    raised = replace(leaving, engineer=replace(leaving.engineer, level="L4"))
    with pytest.raises(Refused):
        decider.decide(raised, stood)
