"""Work, departments, rating."""

import pytest

from intake.domain.commands import Close, HandOver, LogWork, Rate, RequestCallback
from reglament.events.tickets import CallbackLogged, Resolved, TicketClosed, TicketRefused
from reglament.events.work import CallbackRequested, HandedOver, TicketRated, WorkLogged
from tests.support.tickets import AT, ENGINEER, REQUESTER, TEXT, desk, given, opened

DESK = desk(departments=["development"], routing=[{"department": "support"}])
TO_DEVELOPMENT = HandOver(at=AT, actor=ENGINEER, department="development")
RESOLVED = Resolved(at=AT, actor=ENGINEER, content=TEXT)


@pytest.mark.rule("REM-08")
def test_work_is_of_the_engineer_at_the_level_and_department_of_the_moment() -> None:
    handed = HandedOver(at=AT, actor=ENGINEER, department="development")
    command = LogWork(at=AT, actor=ENGINEER, minutes=25, level="L2")
    (event,) = given(DESK, opened(), handed).when(command).then(WorkLogged)
    said = (event.minutes, event.engineer, event.level, event.department)
    assert said == (25, "e1", "L2", "development")


def test_a_refused_ticket_takes_no_work() -> None:
    refused = TicketRefused(at=AT, actor=ENGINEER, reason="x")
    command = LogWork(at=AT, actor=ENGINEER, minutes=5)
    given(DESK, opened(), refused).when(command).then_refused(
        "not-in-this-status", kind="status-conflict"
    )


@pytest.mark.rule("MIC-06")
def test_a_ticket_goes_to_a_department_of_the_desks_and_back() -> None:
    (there,) = given(DESK, opened()).when(TO_DEVELOPMENT).then(HandedOver)
    assert (there.department, there.previous) == ("development", None)
    given(DESK, opened(), there).when(TO_DEVELOPMENT).then_nothing()
    back = HandOver(at=AT, actor=ENGINEER, department=None)
    (event,) = given(DESK, opened(), there).when(back).then(HandedOver)
    assert (event.department, event.previous) == (None, "development")


def test_a_department_that_the_desk_does_not_name_is_refused() -> None:
    command = HandOver(at=AT, actor=ENGINEER, department="kitchen")
    given(DESK, opened()).when(command).then_refused("department-unknown")


def test_only_an_answer_can_be_rated() -> None:
    command = Rate(at=AT, actor=REQUESTER, score=4)
    given(DESK, opened()).when(command).then_refused("not-in-this-status", kind="status-conflict")
    (event,) = given(DESK, opened(), RESOLVED).when(command).then(TicketRated)
    assert event.score == 4


@pytest.mark.rule("EIL-16")
def test_a_call_that_was_asked_for_later_comes_before_the_closing() -> None:
    command, close = RequestCallback(at=AT, actor=REQUESTER), Close(at=AT, actor=ENGINEER)
    (asked,) = given(DESK, opened(), RESOLVED).when(command).then(CallbackRequested)
    given(DESK, opened(), RESOLVED, asked).when(command).then_nothing()
    given(DESK, opened(), RESOLVED, asked).when(close).then_refused("callback-not-made")
    called = CallbackLogged(at=AT, actor=ENGINEER, purpose="answer")
    given(DESK, opened(), RESOLVED, asked, called).when(close).then(TicketClosed)
    given(DESK, opened(), RESOLVED, asked, called).when(command).then(CallbackRequested)


def test_who_was_refused_asks_for_no_call() -> None:
    refused = TicketRefused(at=AT, actor=ENGINEER, reason="x")
    command = RequestCallback(at=AT, actor=REQUESTER)
    given(DESK, opened(), refused).when(command).then_refused(
        "not-in-this-status", kind="status-conflict"
    )
