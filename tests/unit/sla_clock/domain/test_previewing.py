"""A preview's events, with only the data that matters."""

from datetime import datetime
from typing import Any

import pytest

from reglament.events import codec as _registers_all_events  # noqa: F401
from reglament.events import registry
from reglament.events.topics import ESCALATIONS, NOTIFICATIONS, TICKETS
from sla_clock.domain import facts as f
from sla_clock.domain.previewing import previewed
from tests.support.clocks import at, plan, target

PLAN = plan(target("handling", "4h", "office", at_risk=(50,)))
TICKET = {"priority": "high", "category": None}
TOLD = {
    entry.name
    for entry in registry.all_types()
    if entry.topic in {TICKETS, ESCALATIONS, NOTIFICATIONS}
}


def _event(name: str, **data: Any) -> dict[str, Any]:
    return {"type": name, "at": at("10:00"), "data": data}


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (_event("TicketOpened"), f.Opened),
        (_event("TicketAccepted"), f.Accepted),
        (_event("AcceptanceWithdrawn"), f.AcceptanceWithdrawn),
        (_event("TicketRefused"), f.Refused),
        (_event("MessageAdded"), f.DeskAnswered),
        (_event("MessageAdded", author_kind="requester"), f.RequesterWrote),
        (_event("InfoRequested"), f.InfoRequested),
        (_event("InfoProvided"), f.RequesterWrote),
        (_event("PriorityChanged", priority="low"), f.PriorityChanged),
        (_event("CategoryChanged", category="error"), f.CategoryChanged),
        (_event("ServiceLevelAssigned", service_level="gold"), f.ServiceLevelAssigned),
        (_event("TicketDeferred"), f.Deferred),
        (_event("TicketResumed"), f.Resumed),
        (_event("ScheduleChanged", due_at=at("12:00")), f.ScheduleChanged),
        (_event("CallbackLogged"), f.DeskAnswered),
        (_event("Assigned"), f.Assigned),
        (_event("NotificationSent", answers_update=True), f.StatusLetterSent),
        (_event("Resolved"), f.Resolved),
        (_event("TicketClosed"), f.Closed),
        (_event("TicketReopened"), f.Reopened),
    ],
)
def test_an_event_needs_no_more_data_than_matters(
    event: dict[str, Any], kind: type[f.Fact]
) -> None:
    (fact,) = previewed(TICKET, PLAN, [event])
    assert type(fact) is kind
    assert fact.at == fact.recorded_at == at("10:00")


def test_the_tickets_own_words_fill_in_what_the_opening_leaves_out() -> None:
    asked = {**TICKET, "targets": [{"metric": "handling", "within": "1h"}]}
    (opened,) = previewed(asked, PLAN, [_event("TicketOpened", category="error")])
    assert isinstance(opened, f.Opened)
    assert (opened.priority, opened.category) == ("high", "error")
    assert [own.within for own in opened.own_targets] == ["1h"]


def test_swapped_targets_keep_the_calendar_pauses_and_steps_of_the_policys() -> None:
    swap = _event("PolicySwapped", targets=[{"metric": "handling", "within": "2h"}], start="change")
    (fact,) = previewed(TICKET, PLAN, [swap])
    assert isinstance(fact, f.TargetsSwapped)
    assert fact.from_change
    (swapped,) = fact.targets
    assert (swapped.within_text, swapped.calendar_name, swapped.at_risk) == ("2h", "office", (50,))
    assert swapped.pauses == {"waiting", "deferred"}


def test_a_swapped_target_may_say_all_that_a_policys_may() -> None:
    written = {
        "metric": "handling",
        "within": "2h",
        "priority": "high",
        "pauses": [],
        "at_risk": [90],
        "offsets": ["-1h"],
    }
    (fact,) = previewed(TICKET, PLAN, [_event("PolicySwapped", targets=[written])])
    assert isinstance(fact, f.TargetsSwapped)
    (swapped,) = fact.targets
    assert (swapped.priority, swapped.pauses) == (("high",), frozenset())
    assert (swapped.at_risk, swapped.offsets) == ((90,), ("-1h",))


def test_swapping_may_promise_something_new_or_nothing() -> None:
    new = _event("PolicySwapped", targets=[{"metric": "update", "within": "2h"}])
    (fact,) = previewed(TICKET, PLAN, [new])
    assert isinstance(fact, f.TargetsSwapped)
    assert [target.calendar_name for target in fact.targets] == ["always"]
    (fact,) = previewed(TICKET, PLAN, [_event("PolicySwapped")])
    assert isinstance(fact, f.TargetsSwapped)
    assert fact.targets == ()


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (_event("TicketEaten"), r"events\[0\].type: 'TicketEaten'"),
        (_event("PriorityChanged", colour="red"), r"events\[0\].data: 'colour'"),
        (_event("ScheduleChanged", due_at="2026-11-25T13:00:00"), "due_at: .* has no UTC offset"),
        (_event("PriorityChanged", priority=1), r"events\[0\].data: "),
        (_event("TicketOpened", targets=[{"metric": "joy", "within": "1h"}]), "'joy' is no"),
        (
            _event("TicketOpened", targets=[{"metric": "handling", "within": "soon"}]),
            r"events\[0\].data.targets\[0\].within: .*'soon'",
        ),
        (
            _event("ServiceLevelAssigned", targets=[{"metric": "handling", "within": "0s"}]),
            "of zero",
        ),
        (_event("PolicySwapped", start="now"), "start: 'now'"),
        (_event("PolicySwapped", targets="all"), "a list of targets"),
        (_event("PolicySwapped", targets=[{"metric": "joy", "within": "1h"}]), "'joy' is no"),
        (_event("PolicySwapped", targets=[{"metric": "update", "within": "soon"}]), "'soon'"),
        (_event("PolicySwapped", targets=[{"metric": "update", "within": "0s"}]), "of zero"),
        (_event("PolicySwapped", targets=[{"metric": "update"}]), r"targets\[0\].within: "),
        (
            _event("PolicySwapped", targets=[{"metric": "update", "within": "1h", "colour": 1}]),
            r"targets\[0\].colour: ",
        ),
        (
            _event(
                "PolicySwapped", targets=[{"metric": "update", "within": "1h", "calendar": "moon"}]
            ),
            "'moon' is no calendar",
        ),
    ],
)
def test_what_is_wrong_is_named(event: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        previewed(TICKET, PLAN, [event])


def test_a_question_of_which_nobody_says_who_asked_it_is_no_answer() -> None:
    (asked,) = previewed(TICKET, PLAN, [_event("InfoRequested")])
    assert isinstance(asked, f.InfoRequested)
    assert not asked.by_person
    anna = {"kind": "engineer", "id": "anna"}
    (asked,) = previewed(TICKET, PLAN, [_event("InfoRequested", actor=anna)])
    assert isinstance(asked, f.InfoRequested)
    assert asked.by_person


@pytest.mark.parametrize(
    ("kind", "kinds"),
    [
        ("engineer", [f.DeskAnswered]),
        ("requester", [f.RequesterWrote]),
        ("integrator", []),
        ("system", []),
    ],
)
def test_a_message_of_which_only_the_actor_is_said_is_the_actors(
    kind: str, kinds: list[type[f.Fact]]
) -> None:
    event = _event("MessageAdded", actor={"kind": kind, "id": "x"})
    assert [type(fact) for fact in previewed(TICKET, PLAN, [event])] == kinds


def test_times_are_told_in_utc_whatever_offset_they_were_written_with() -> None:
    written = {"type": "ScheduleChanged", "at": datetime.fromisoformat("2026-11-24T13:00:00+03:00")}
    (agreed,) = previewed(
        TICKET, PLAN, [{**written, "data": {"due_at": "2026-11-25T13:00:00+03:00"}}]
    )
    assert isinstance(agreed, f.ScheduleChanged)
    assert (agreed.at.isoformat(), agreed.recorded_at.isoformat(), agreed.due_at.isoformat()) == (
        "2026-11-24T10:00:00+00:00",
        "2026-11-24T10:00:00+00:00",
        "2026-11-25T10:00:00+00:00",
    )


@pytest.mark.parametrize("name", sorted(TOLD - {"ScheduleChanged"}))
def test_every_event_of_a_ticket_may_be_told_bare(name: str) -> None:
    previewed(TICKET, PLAN, [_event(name)])
