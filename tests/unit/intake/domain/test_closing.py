"""Confirmation, callbacks, the answer, closing, reopening, refusal."""

from datetime import timedelta

import pytest

from intake.domain.commands import (
    Close,
    ConfirmDelivery,
    LogCallback,
    Refuse,
    Reopen,
    ReportDelivery,
    Resolve,
    WithdrawAcceptance,
)
from reglament.events.tickets import (
    AcceptanceWithdrawn,
    CallbackLogged,
    DeliveryReported,
    Resolved,
    TicketAccepted,
    TicketClosed,
    TicketRefused,
    TicketReopened,
)
from tests.support.tickets import (
    AT,
    ENGINEER,
    REQUESTER,
    SYSTEM,
    TEXT,
    accepted,
    desk,
    given,
    opened,
    returned,
)

CONFIRMED = desk(acceptance={"when": "confirmed"})
DELIVERED = ConfirmDelivery(at=AT, actor=SYSTEM, message_id="<1@x>")
BOUNCED = WithdrawAcceptance(at=AT, actor=SYSTEM, message_id="<1@x>")
CALLED = LogCallback(at=AT, actor=ENGINEER, purpose="confirmation")
RESOLVED = Resolved(at=AT, actor=ENGINEER, content=TEXT)
CLOSE = Close(at=AT, actor=ENGINEER)


@pytest.mark.rule("WIS-21")
def test_a_delivered_confirmation_accepts_once() -> None:
    (event,) = given(CONFIRMED, opened()).when(DELIVERED).then(TicketAccepted)
    assert event.because == "delivered"
    given(CONFIRMED, opened(), accepted()).when(DELIVERED).then_nothing()


def test_where_registering_is_accepting_a_delivery_says_nothing_new() -> None:
    given(desk(), opened()).when(DELIVERED).then_nothing()
    given(desk(), opened(), accepted()).when(BOUNCED).then_nothing()


@pytest.mark.rule("EIL-05")
def test_with_a_callback_asked_for_both_are_needed_in_either_order() -> None:
    past = (opened(callback=True),)
    (noted,) = given(CONFIRMED, *past).when(DELIVERED).then(DeliveryReported)
    given(CONFIRMED, *past, noted).when(DELIVERED).then_nothing()
    _, event = given(CONFIRMED, *past, noted).when(CALLED).then(CallbackLogged, TicketAccepted)
    assert event.because == "callback"
    (logged,) = given(CONFIRMED, *past).when(CALLED).then(CallbackLogged)
    given(CONFIRMED, *past, logged).when(DELIVERED).then(TicketAccepted)


@pytest.mark.rule("WIS-21")
def test_a_bounce_takes_the_acceptance_back_and_a_call_gives_it_again() -> None:
    past = (opened(), accepted())
    (withdrawn,) = given(CONFIRMED, *past).when(BOUNCED).then(AcceptanceWithdrawn)
    given(CONFIRMED, *past, withdrawn).when(BOUNCED).then_nothing()
    given(CONFIRMED, *past, withdrawn).when(CALLED).then(CallbackLogged, TicketAccepted)


def test_an_agent_may_confirm_by_phone_before_any_letter() -> None:
    given(CONFIRMED, opened()).when(CALLED).then(CallbackLogged, TicketAccepted)


def test_a_delivery_report_is_noted_once() -> None:
    report = ReportDelivery(at=AT, actor=SYSTEM, message_id="<1@x>", status="failed", code="5.1.1")
    (event,) = given(desk(), opened()).when(report).then(DeliveryReported)
    given(desk(), opened(), event).when(report).then_nothing()


def test_a_report_of_another_letters_delivery_confirms_nothing() -> None:
    report = ReportDelivery(at=AT, actor=SYSTEM, message_id="<2@x>", status="delivered")
    (event,) = given(CONFIRMED, opened(callback=True)).when(report).then(DeliveryReported)
    given(CONFIRMED, opened(callback=True), event).when(CALLED).then(CallbackLogged)


def test_the_answer_resolves_once() -> None:
    command = Resolve(at=AT, actor=ENGINEER, content=TEXT, links=("https://x.example/a",))
    (event,) = given(desk(), opened()).when(command).then(Resolved)
    assert event.links == ("https://x.example/a",)
    again = given(desk(), opened(), RESOLVED).when(command)
    again.then_refused("not-in-this-status", kind="status-conflict")


def test_closing_twice_changes_nothing() -> None:
    (event,) = given(desk(), opened(), RESOLVED).when(CLOSE).then(TicketClosed)
    given(desk(), opened(), RESOLVED, event).when(CLOSE).then_nothing()


@pytest.mark.rule("EIL-16")
def test_with_a_callback_asked_for_it_is_not_closed_before_the_call() -> None:
    past = (opened(callback=True), RESOLVED)
    given(desk(), *past).when(CLOSE).then_refused("callback-not-made")
    call = CallbackLogged(at=AT, actor=ENGINEER, purpose="answer")
    given(desk(), *past, call).when(CLOSE).then(TicketClosed)


def test_a_desk_may_leave_the_callback_out_of_acceptance_and_of_closing() -> None:
    asked = opened(callback=True)
    lettered = desk(acceptance={"when": "confirmed"}, callbacks=["closing"])
    given(lettered, asked).when(DELIVERED).then(TicketAccepted)
    given(desk(callbacks=["acceptance"]), asked, RESOLVED).when(CLOSE).then(TicketClosed)


def test_what_is_resolved_or_closed_can_be_reopened_and_nothing_else() -> None:
    closed = TicketClosed(at=AT, actor=ENGINEER)
    (event,) = (
        given(desk(), opened(), closed).when(Reopen(at=AT, actor=REQUESTER)).then(TicketReopened)
    )
    assert event.reason == "requester"
    linked = given(desk(closed_letter="linked"), opened(), TicketClosed(at=AT, actor=ENGINEER))
    linked.when(Reopen(at=AT, actor=REQUESTER)).then_refused(
        "not-in-this-status", kind="status-conflict"
    )
    linked.when(Reopen(at=AT, actor=ENGINEER)).then(TicketReopened)
    refused = given(desk(), opened()).when(Reopen(at=AT, actor=ENGINEER))
    refused.then_refused("not-in-this-status", kind="status-conflict")


@pytest.mark.rule("WIS-02")
@pytest.mark.rule("WIS-20")
def test_a_refusal_names_one_of_the_desks_reasons() -> None:
    policy = desk(reasons={"refusal": ["abuse"]})
    for past in (opened(), returned()):
        given(policy, past).when(Refuse(at=AT, actor=ENGINEER, reason="abuse")).then(TicketRefused)
    other = Refuse(at=AT, actor=ENGINEER, reason="mood")
    given(policy, opened()).when(other).then_refused("reason-not-the-desks")


def test_without_reasons_of_its_own_a_refusal_takes_those_of_deferral() -> None:
    policy = desk(reasons={"deferral": ["release"]})
    command = Refuse(at=AT, actor=ENGINEER, reason="release")
    given(policy, opened()).when(command).then(TicketRefused)


def test_a_delivery_counts_once_the_desks_after_is_over_without_a_bounce() -> None:
    policy = desk(acceptance={"when": "confirmed", "after": "10m"})
    (noted,) = given(policy, opened()).when(DELIVERED).then(DeliveryReported)
    soon, later = AT + timedelta(minutes=9), AT + timedelta(minutes=10)
    past = given(policy, opened(), noted)
    past.when(ConfirmDelivery(at=soon, actor=SYSTEM)).then_nothing()
    past.when(ConfirmDelivery(at=later, actor=SYSTEM)).then(TicketAccepted)
    (withdrawn,) = past.when(BOUNCED).then(AcceptanceWithdrawn)
    bounced = given(policy, opened(), noted, withdrawn)
    bounced.when(ConfirmDelivery(at=later, actor=SYSTEM)).then_nothing()
    given(policy, opened()).when(ConfirmDelivery(at=later, actor=SYSTEM)).then_nothing()
