"""Messages, questions, classification, deferral, schedule."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from intake.domain.commands import (
    AddMessage,
    AssignServiceLevel,
    ChangePriority,
    ChangeSchedule,
    Defer,
    Reclassify,
    RequestInfo,
    Resume,
    TicketCommand,
)
from intake.domain.facts import Entitlement
from reglament.events.registry import Event
from reglament.events.tickets import (
    CategoryChanged,
    InfoRequested,
    MessageAdded,
    PriorityChanged,
    PriorityConfirmed,
    Resolved,
    ScheduleChanged,
    ServiceLevelAssigned,
    TicketClosed,
    TicketDeferred,
    TicketReopened,
    TicketResumed,
)
from tests.support.tickets import AT, ENGINEER, REQUESTER, SYSTEM, TEXT, desk, given, opened

ASKED = InfoRequested(at=AT, actor=ENGINEER, items=("log",))
DEFERRED = TicketDeferred(at=AT, actor=ENGINEER, reason="release")
RESOLVED = Resolved(at=AT, actor=ENGINEER, content=TEXT)
CLOSED = TicketClosed(at=AT, actor=ENGINEER)


def said(**changes: Any) -> AddMessage:
    values: dict[str, Any] = {
        "at": AT,
        "actor": REQUESTER,
        "message": "m1",
        "visibility": "public",
        "author_kind": "requester",
        "content": TEXT,
    }
    return AddMessage(**{**values, **changes})


def test_a_message_takes_the_tickets_channel_where_it_names_none() -> None:
    (event,) = given(desk(), opened(channel="email")).when(said()).then(MessageAdded)
    assert event.channel == "email"


def test_the_requester_may_not_write_by_a_channel_that_is_not_official() -> None:
    refused = given(desk(), opened()).when(said(channel="chat"))
    refused.then_refused("channel-not-official", kind="channel-not-accepted")
    by_desk = said(channel="chat", author_kind="engineer", actor=ENGINEER)
    given(desk(), opened()).when(by_desk).then(MessageAdded)


def test_the_requester_may_not_write_by_a_channel_that_an_agent_enters() -> None:
    phone = {"accept": "with_ticket", "entered_by": "agent"}
    policy = desk(channels={"web": {"accept": "always"}, "phone": phone})
    refused = given(policy, opened()).when(said(channel="phone"))
    refused.then_refused("channel-entered-by-agent", kind="channel-not-accepted")
    by_desk = said(channel="phone", author_kind="engineer", actor=ENGINEER)
    given(policy, opened()).when(by_desk).then(MessageAdded)


def test_a_channel_for_discussing_takes_messages() -> None:
    policy = desk(channels={"web": {"accept": "always"}, "phone": {"accept": "with_ticket"}})
    given(policy, opened()).when(said(channel="phone")).then(MessageAdded)


@pytest.mark.parametrize("past", [(RESOLVED,), (RESOLVED, CLOSED)], ids=["resolved", "closed"])
def test_the_requesters_message_reopens_what_was_ended(past: tuple[Event, ...]) -> None:
    _, event = given(desk(), opened(), *past).when(said()).then(MessageAdded, TicketReopened)
    assert event.reason == "requester"


def test_an_engineers_note_and_a_machines_letter_reopen_nothing() -> None:
    past = given(desk(), opened(), RESOLVED, CLOSED)
    past.when(said(author_kind="engineer", visibility="internal")).then(MessageAdded)
    past.when(said(automatic=True)).then(MessageAdded)


def test_where_the_desk_wants_a_new_request_a_closed_ticket_takes_no_message() -> None:
    past = given(desk(closed_letter="linked"), opened(), CLOSED)
    past.when(said()).then_refused("not-in-this-status", kind="status-conflict")


def test_asking_for_more_makes_the_ticket_wait_and_a_reply_ends_it() -> None:
    given(desk(), opened()).when(RequestInfo(at=AT, actor=ENGINEER, items=("log",))).then(
        InfoRequested
    )
    reply = MessageAdded(
        at=AT,
        actor=REQUESTER,
        message="m1",
        visibility="public",
        author_kind="requester",
        channel="web",
        content=TEXT,
    )
    resume = Resume(at=AT, actor=ENGINEER)
    given(desk(), opened(), DEFERRED).when(resume).then(TicketResumed)
    given(desk(), opened(), ASKED, reply).when(resume).then_nothing()


def test_another_priority_names_the_one_before() -> None:
    command = ChangePriority(at=AT, actor=ENGINEER, priority="critical")
    (event,) = given(desk(), opened()).when(command).then(PriorityChanged)
    assert (event.priority, event.previous) == ("critical", "normal")


@pytest.mark.rule("RUS-10")
def test_the_same_priority_is_confirmed_by_an_engineer_once() -> None:
    same = ChangePriority(at=AT, actor=ENGINEER, priority="normal", content=TEXT)
    (event,) = given(desk(), opened()).when(same).then(PriorityConfirmed)
    assert (event.priority, event.content) == ("normal", TEXT)
    given(desk(), opened(), event).when(same).then_nothing()
    by_rule = replace(same, actor=SYSTEM)
    given(desk(), opened()).when(by_rule).then_nothing()
    lower = replace(same, priority="low")
    (event,) = given(desk(), opened(), event).when(lower).then(PriorityChanged)
    given(desk(), opened(), event).when(lower).then_nothing()


def test_an_unknown_priority_is_refused() -> None:
    unknown = ChangePriority(at=AT, actor=ENGINEER, priority="red")
    given(desk(), opened()).when(unknown).then_refused("priority-unknown")


def test_a_classification_says_all_three_as_they_are_now() -> None:
    policy = desk(categories={"error": {}}, causes=["power"])
    command = Reclassify(at=AT, actor=ENGINEER, cause="power")
    (event,) = given(policy, opened(category="error")).when(command).then(CategoryChanged)
    assert (event.category, event.cause, event.complexity) == ("error", "power", None)


def test_a_category_or_cause_that_is_not_the_desks_is_refused() -> None:
    policy = desk(categories={"error": {}}, causes=["power"])
    command = Reclassify(at=AT, actor=ENGINEER, category="x", cause="y")
    given(policy, opened()).when(command).then_refused("category-unknown", "cause-unknown")


def test_a_service_level_is_found_anew_from_the_customer() -> None:
    policy = desk(service_levels={"base": {}, "gold": {}})
    facts = Entitlement(customer="acme", contract="42", level="gold")
    command = AssignServiceLevel(at=AT, actor=ENGINEER, entitlement=facts)
    (event,) = given(policy, opened(service_level="base")).when(command).then(ServiceLevelAssigned)
    assert (event.service_level, event.customer, event.rule) == ("gold", "acme", "contract-level")


def test_a_level_that_an_agent_names_wins_but_must_be_the_desks() -> None:
    policy = desk(service_levels={"base": {}, "gold": {}})
    past = given(policy, opened(service_level="base"))
    (event,) = past.when(AssignServiceLevel(at=AT, actor=ENGINEER, level="gold")).then(
        ServiceLevelAssigned
    )
    assert (event.service_level, event.rule) == ("gold", "agent")
    unknown = AssignServiceLevel(at=AT, actor=ENGINEER, level="iron")
    past.when(unknown).then_refused("service-level-unknown")
    past.when(AssignServiceLevel(at=AT, actor=ENGINEER, level="base")).then_nothing()


REASONS = {"deferral": ["release"], "schedule": ["diagnosis"], "refusal": ["abuse"]}


@pytest.mark.rule("WIS-20")
@pytest.mark.rule("MIC-14")
def test_a_deferral_names_one_of_the_desks_reasons() -> None:
    past = given(desk(reasons=REASONS), opened())
    past.when(Defer(at=AT, actor=ENGINEER, reason="release")).then(TicketDeferred)
    past.when(Defer(at=AT, actor=ENGINEER, reason="mood")).then_refused("reason-not-the-desks")


@pytest.mark.rule("EIL-15")
def test_a_schedule_change_names_one_of_the_desks_reasons_and_both_dates() -> None:
    past = given(desk(reasons=REASONS), opened())
    first, then = AT + timedelta(days=1), AT + timedelta(days=2)
    (event,) = past.when(
        ChangeSchedule(at=AT, actor=ENGINEER, due_at=first, reason="diagnosis")
    ).then(ScheduleChanged)
    again = given(desk(reasons=REASONS), opened(), event)
    (event,) = again.when(
        ChangeSchedule(at=AT, actor=ENGINEER, due_at=then, reason="diagnosis")
    ).then(ScheduleChanged)
    assert (event.previous_due_at, event.due_at) == (first, then)
    mood = ChangeSchedule(at=AT, actor=ENGINEER, due_at=AT, reason="mood")
    past.when(mood).then_refused("reason-not-the-desks", "date-in-the-past")


@pytest.mark.parametrize(
    "command",
    [
        RequestInfo(at=AT, actor=ENGINEER, items=("log",)),
        Defer(at=AT, actor=ENGINEER, reason="release"),
        Resume(at=AT, actor=ENGINEER),
        ChangePriority(at=AT, actor=ENGINEER, priority="low"),
        ChangeSchedule(at=AT, actor=ENGINEER, due_at=AT + timedelta(1), reason="x"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_a_closed_ticket_takes_no_such_command(command: TicketCommand) -> None:
    past = given(desk(), opened(), CLOSED)
    past.when(command).then_refused("not-in-this-status", kind="status-conflict")
