"""What a clock is at an instant (semantics 8-17)."""

from datetime import timedelta

import pytest

from sla_clock.domain import facts as f
from sla_clock.domain.clock import longest
from sla_clock.domain.reckoning import Window
from tests.support.clocks import at, fact, judged, only, opened, plan, says, target

RESPONSE = plan(target("first_response", "1h"))
HANDLING = plan(target("handling", "4h"))


def test_a_ticket_that_is_not_open_has_no_clock() -> None:
    assert judged([fact(f.RequesterWrote, "10:00")], RESPONSE, "11:00") == []
    assert judged([opened("12:00")], RESPONSE, "11:00") == []


def test_a_metric_that_nothing_promises_has_no_clock() -> None:
    only_for_high = plan(target("first_response", "1h", priority=("high",)))
    assert judged([opened()], only_for_high, "11:00") == []


@pytest.mark.parametrize(
    "answer",
    [
        fact(f.DeskAnswered, "10:30"),
        fact(f.Resolved, "10:30"),
        fact(f.InfoRequested, "10:30", by_person=True),
    ],
    ids=["message or call", "resolution", "a person asks for more"],
)
def test_a_persons_answer_meets_the_first_response(answer: f.Fact) -> None:
    clock = only([opened(), answer], RESPONSE, "12:00")
    assert (clock.state, clock.met_at) == ("met", at("10:30"))
    assert (clock.elapsed, clock.remaining) == (timedelta(minutes=30), timedelta(minutes=30))


@pytest.mark.parametrize(
    "noise",
    [
        fact(f.RequesterWrote, "10:30"),
        fact(f.StatusLetterSent, "10:30"),
        fact(f.InfoRequested, "10:30"),
        fact(f.Assigned, "10:30"),
    ],
    ids=["requester", "letter", "automatic question", "assignment"],
)
def test_nothing_else_meets_it(noise: f.Fact) -> None:
    assert says(only([opened(), noise], RESPONSE, "10:59")) == ("running", at("11:00"))


def test_a_breach_is_dated_at_the_due_time_and_fires_there() -> None:
    before = only([opened()], RESPONSE, "10:59:59")
    clock = only([opened()], RESPONSE, "11:00")
    assert (before.state, before.breach) == ("running", None)
    assert clock.state == "breached"
    assert clock.breach is not None
    assert clock.breach.at == clock.due_at == at("11:00")


@pytest.mark.parametrize(
    "late", [fact(f.DeskAnswered, "11:00"), fact(f.InfoRequested, "11:10")], ids=["answer", "pause"]
)
def test_answering_or_pausing_after_the_due_time_never_moves_it(late: f.Fact) -> None:
    clock = only(
        [opened(), late], plan(target("first_response", "1h", pauses={"waiting"})), "13:00"
    )
    assert says(clock) == ("breached", at("11:00"))


def test_a_clock_met_late_stays_breached_and_says_when_it_was_met() -> None:
    clock = only([opened(), fact(f.DeskAnswered, "11:30")], RESPONSE, "12:00")
    assert (clock.state, clock.met_at) == ("breached", at("11:30"))
    assert clock.remaining == timedelta(minutes=-30)


def test_closing_without_an_answer_cancels_and_reopening_goes_on() -> None:
    told: list[f.Fact] = [opened(), fact(f.Closed, "10:30")]
    closed = only(told, RESPONSE, "12:00")
    assert (closed.state, closed.ended_because) == ("cancelled", "closed")
    told.append(fact(f.Reopened, "12:00"))
    assert says(only(told, RESPONSE, "12:10")) == ("running", at("12:30"))


def test_closing_after_resolving_changes_nothing() -> None:
    told = [opened(), fact(f.Resolved, "11:00"), fact(f.Closed, "26 11:00")]
    clock = only(told, HANDLING, "27 11:00")
    assert (clock.state, clock.elapsed) == ("met", timedelta(hours=1))


@pytest.mark.parametrize("kind", [f.Refused, f.Merged])
def test_refusing_and_merging_cancel_what_is_not_met(kind: type[f.Fact]) -> None:
    both = plan(target("first_response", "1h"), target("handling", "4h"))
    told = [opened(), fact(f.DeskAnswered, "10:10"), fact(kind, "10:30")]
    response, handling = judged(told, both, "12:00")
    assert (response.state, handling.state) == ("met", "cancelled")
    assert handling.ended_because in {"refused", "merged"}


def test_nothing_starts_after_a_merge() -> None:
    told = [opened(), fact(f.Merged, "10:10"), fact(f.DeskAnswered, "10:20")]
    (clock,) = judged(told, plan(target("update", "1h")), "11:00")
    assert clock.state == "cancelled"


def test_a_split_child_counts_from_the_original_message() -> None:
    child = opened("12:00", original_at=at("10:00"))
    assert only([child], HANDLING, "12:10").due_at == at("14:00")


def test_work_starts_with_the_first_assignment() -> None:
    starting = plan(target("work_started", "1h"))
    told = [opened(), fact(f.Assigned, "10:20"), fact(f.Assigned, "10:40")]
    assert only(told, starting, "11:00").met_at == at("10:20")


def test_as_of_knows_only_what_was_recorded_by_then() -> None:
    told = [opened(), fact(f.DeskAnswered, "10:30", recorded="12:00")]
    assert only(told, RESPONSE, "11:30").state == "breached"
    assert only(told, RESPONSE, "12:00").state == "met"


def test_the_longest_of_the_cycles_is_told() -> None:
    told = [
        opened(),
        fact(f.DeskAnswered, "11:30"),
        fact(f.RequesterWrote, "12:00"),
        fact(f.DeskAnswered, "12:05"),
    ]
    found = judged(told, plan(target("next_response", "2h")), "13:00")
    assert longest(found, found[-1]) == timedelta(minutes=90)


def test_a_change_before_the_ticket_ends_counts_and_one_after_it_does_not() -> None:
    by_priority = plan(target("handling", "4h"), target("handling", "5m", priority=("high",)))
    told = [
        opened(),
        fact(f.Resolved, "11:00"),
        fact(f.PriorityChanged, "12:00", priority="high"),
    ]
    assert only(told, by_priority, "13:00").state == "met"


def test_a_window_without_a_promise_has_no_target_to_ask() -> None:
    window = Window(
        since=at("10:00"), cause=None, target=None, priority="low", counts_from=at("10:00")
    )
    with pytest.raises(LookupError):
        _ = window.promised


def test_an_integrators_key_that_resolves_meets_handling_and_answers_nobody() -> None:
    told: list[f.Fact] = [opened(), fact(f.Resolved, "10:30", by_person=False)]
    both = plan(target("first_response", "1h"), target("handling", "4h"))
    response, handling = judged(told, both, "11:00")
    assert (response.state, handling.state) == ("cancelled", "met")
