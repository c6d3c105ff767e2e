"""What a clock is at an instant (semantics 8-17)."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_clock.domain import facts as f
from sla_clock.domain.clock import Clock, clocks, longest, next_look
from sla_clock.domain.reckoning import Window
from tests.support.clocks import at, fact, judged, only, opened, plan, target

RESPONSE = plan(target("first_response", "1h"))
HANDLING = plan(target("handling", "4h"))


def _says(clock: Clock) -> tuple[str, datetime | None]:
    return clock.state, clock.due_at


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
    assert _says(only([opened(), noise], RESPONSE, "10:59")) == ("running", at("11:00"))


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
    assert _says(clock) == ("breached", at("11:00"))


def test_a_clock_met_late_stays_breached_and_says_when_it_was_met() -> None:
    clock = only([opened(), fact(f.DeskAnswered, "11:30")], RESPONSE, "12:00")
    assert (clock.state, clock.met_at) == ("breached", at("11:30"))
    assert clock.remaining == timedelta(minutes=-30)


def test_response_clocks_do_not_pause_but_handling_does() -> None:
    both = plan(target("first_response", "1h"), target("handling", "4h"))
    response, handling = judged([opened(), fact(f.InfoRequested, "10:10")], both, "10:20")
    assert _says(response) == ("running", at("11:00"))
    assert _says(handling) == ("paused", None)
    assert (handling.paused_because, handling.paused_since) == ("waiting", at("10:10"))
    assert handling.remaining == timedelta(hours=3, minutes=50)


@pytest.mark.parametrize(
    "end",
    [fact(f.RequesterWrote, "11:00"), fact(f.Resumed, "11:00")],
    ids=["reply", "resumption"],
)
def test_waiting_ends_and_moves_the_due_time(end: f.Fact) -> None:
    clock = only([opened(), fact(f.InfoRequested, "10:30"), end], HANDLING, "12:00")
    assert _says(clock) == ("running", at("14:30"))
    assert clock.paused == timedelta(minutes=30)


def test_an_assignment_does_not_end_the_waiting() -> None:
    told = [opened(), fact(f.InfoRequested, "10:30"), fact(f.Assigned, "11:00")]
    assert only(told, HANDLING, "12:00").paused_because == "waiting"


def test_a_reply_does_not_end_a_deferral() -> None:
    told = [opened(), fact(f.Deferred, "10:30"), fact(f.RequesterWrote, "11:00")]
    assert only(told, HANDLING, "12:00").paused_because == "deferred"


def test_a_ticket_born_waiting_is_paused_from_birth() -> None:
    clock = only([opened(), fact(f.InfoRequested, "10:00")], HANDLING, "15:00")
    assert (clock.state, clock.elapsed) == ("paused", timedelta())


def test_a_pause_in_closed_hours_costs_nothing() -> None:
    told = [opened("17:00"), fact(f.InfoRequested, "18:30"), fact(f.RequesterWrote, "25 09:00")]
    office = plan(target("handling", "4h", "office"))
    assert _says(only(told, office, "25 09:30")) == ("running", at("25 13:00"))


@pytest.mark.parametrize(
    ("mode", "state", "elapsed", "cycles"),
    [
        ("continue", "running", timedelta(hours=2), 1),
        ("restart", "running", timedelta(hours=1), 2),
        ("ignore", "met", timedelta(hours=1), 1),
    ],
)
def test_reopening_goes_on_or_starts_afresh_or_leaves_it_ended(
    mode: str, state: str, elapsed: timedelta, cycles: int
) -> None:
    told = [opened(), fact(f.Resolved, "11:00"), fact(f.Reopened, "15:00")]
    found = judged(told, plan(target("handling", "4h"), on_reopen=mode), "16:00")
    assert [clock.cycle.number for clock in found] == list(range(1, cycles + 1))
    assert (found[-1].state, found[-1].elapsed) == (state, elapsed)


def test_reopening_does_not_revive_a_first_response_that_was_given() -> None:
    told = [opened(), fact(f.Resolved, "10:30"), fact(f.Reopened, "15:00")]
    for mode in ("continue", "restart"):
        clock = only(told, plan(target("first_response", "1h"), on_reopen=mode), "16:00")
        assert (clock.state, clock.met_at) == ("met", at("10:30"))


def test_closing_without_an_answer_cancels_and_reopening_goes_on() -> None:
    told: list[f.Fact] = [opened(), fact(f.Closed, "10:30")]
    closed = only(told, RESPONSE, "12:00")
    assert (closed.state, closed.ended_because) == ("cancelled", "closed")
    told.append(fact(f.Reopened, "12:00"))
    assert _says(only(told, RESPONSE, "12:10")) == ("running", at("12:30"))


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


def test_acceptance_starts_the_clocks_where_the_policy_says_so() -> None:
    accepting = plan(target("handling", "4h"), starts="accepted")
    told: list[f.Fact] = [opened()]
    assert judged(told, accepting, "10:30") == []
    told.append(fact(f.Accepted, "11:00"))
    assert _says(only(told, accepting, "12:00")) == ("running", at("15:00"))
    told.append(fact(f.AcceptanceWithdrawn, "12:00"))
    assert only(told, accepting, "12:30").state == "cancelled"
    told.append(fact(f.Accepted, "13:00"))
    first, second = judged(told, accepting, "14:00")
    assert (first.state, second.state, second.due_at) == ("cancelled", "running", at("17:00"))


def test_an_answer_before_acceptance_meets_the_first_response_at_its_start() -> None:
    accepting = plan(
        target("first_response", "1h"), target("next_response", "1h"), starts="accepted"
    )
    told = [opened(), fact(f.DeskAnswered, "10:30"), fact(f.Accepted, "11:00")]
    clock = only(told, accepting, "11:10")
    assert (clock.state, clock.elapsed) == ("met", timedelta())


def test_a_split_child_counts_from_the_original_message() -> None:
    child = opened("12:00", original_at=at("10:00"))
    assert only([child], HANDLING, "12:10").due_at == at("14:00")


def test_work_starts_with_the_first_assignment() -> None:
    starting = plan(target("work_started", "1h"))
    told = [opened(), fact(f.Assigned, "10:20"), fact(f.Assigned, "10:40")]
    assert only(told, starting, "11:00").met_at == at("10:20")


def test_steps_fall_on_shares_of_the_budget_and_on_offsets_from_due() -> None:
    promised = target(
        "handling", "4h", at_risk=(50, 75), expect=None, offsets=("-1h", "2h", "1 business day")
    )
    clock = only([opened()], plan(promised), "12:30")
    told = [(step.name, step.at, step.is_reached) for step in clock.steps]
    assert told == [
        ("50", at("12:00"), True),
        ("75", at("13:00"), False),
        ("-1h", at("13:00"), False),
        ("2h", at("16:00"), False),
        ("1 business day", at("25 14:00"), False),
    ]
    assert next_look([clock], at("12:30")) == at("13:00")


def test_an_expected_time_is_a_step() -> None:
    promised = target("handling", "4h", expect=target("handling", "2h").within)
    clock = only([opened(), fact(f.Resolved, "12:30")], plan(promised), "13:00")
    assert [(step.name, step.at) for step in clock.steps] == [("expect", at("12:00"))]
    paused = only([opened(), fact(f.InfoRequested, "11:00")], plan(promised), "13:00")
    assert (paused.steps, paused.expected_at) == ((), None)


def test_steps_that_an_end_leaves_moot_are_gone() -> None:
    promised = target("handling", "4h", at_risk=(50, 75), offsets=("1h",))
    clock = only([opened(), fact(f.Resolved, "12:30")], plan(promised), "20:00")
    assert [step.name for step in clock.steps] == ["50"]
    assert next_look([clock], at("20:00")) is None


def test_nothing_comes_next_while_it_is_paused() -> None:
    clock = only([opened(), fact(f.InfoRequested, "10:30")], HANDLING, "11:00")
    assert next_look([clock], at("11:00")) is None


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


minutes = st.integers(0, 40 * 60).map(lambda n: f"{10 + n // 60}:{n % 60:02d}")


@given(st.lists(minutes, max_size=8, unique=True), minutes)
def test_a_pause_never_shortens_a_deadline(times: list[str], now: str) -> None:
    office = plan(target("handling", "9h", "office"))
    kinds = (f.InfoRequested, f.RequesterWrote, f.Deferred, f.Resumed)
    told: list[f.Fact] = [opened("10:00")]
    told += [fact(kinds[n % 4], when) for n, when in enumerate(times)]
    clock = only(told, office, now)
    assert clock.due_at is None or clock.due_at >= at("25 11:00")
    assert clock.elapsed + clock.paused <= timedelta(hours=17)
    assert clocks(told, office, at(now)) == clocks(reversed(told), office, at(now))


def test_what_a_ticket_lived_through_before_its_acceptance_is_nothing_to_its_clocks() -> None:
    told = [
        opened(),
        fact(f.Closed, "10:10"),
        fact(f.Reopened, "10:20"),
        fact(f.Accepted, "11:00"),
    ]
    accepting = plan(target("next_response", "1h"), target("update", "1h"), starts="accepted")
    exchange, silence = judged(told, accepting, "11:30")
    assert _says(exchange) == ("running", at("12:00"))
    assert _says(silence) == ("paused", None)


def test_an_offset_before_a_closing_time_is_counted_from_the_closing_time() -> None:
    promised = target("handling", "2 business days", "office", by_end_of_day=True, offsets=("-8h",))
    told: list[f.Fact] = [opened("11:00")]
    assert [s.at for s in only(told, plan(promised), "12:00").steps] == [at("27 10:00")]
    told += [fact(f.InfoRequested, "12:00")]
    assert only(told, plan(promised), "13:00").steps == ()
    told += [fact(f.RequesterWrote, "13:00")]
    assert [s.at for s in only(told, plan(promised), "14:00").steps] == [at("30 10:00")]


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


def test_an_offset_of_nothing_falls_with_the_due_time_even_at_closing() -> None:
    promised = target("handling", "8h", "office", offsets=("0s", "0 business days"))
    clock = only([opened()], plan(promised), "12:00")
    assert clock.due_at == at("18:00")
    assert [(step.name, step.at) for step in clock.steps] == [
        ("0s", at("18:00")),
        ("0 business days", at("18:00")),
    ]


def test_a_pause_moves_a_share_of_days_by_itself_and_only_the_due_time_to_a_closing() -> None:
    promised = target(
        "handling", "1 business day", "office", by_end_of_day=True, at_risk=(50, 75, 90)
    )
    told = [opened(), fact(f.InfoRequested, "11:00"), fact(f.RequesterWrote, "13:00")]
    clock = only(told, plan(promised), "14:00")
    assert clock.due_at == at("27 18:00")
    assert [(step.name, step.at) for step in clock.steps] == [
        ("50", at("25 12:00")),
        ("75", at("25 16:00")),
        ("90", at("27 10:24")),
    ]
