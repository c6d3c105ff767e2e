"""What waiting does to a clock (semantics 8-17)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_clock.domain import facts as f
from sla_clock.domain.clock import clocks, next_look
from tests.support.clocks import at, fact, judged, only, opened, plan, says, target

HANDLING = plan(target("handling", "4h"))


def test_response_clocks_do_not_pause_but_handling_does() -> None:
    both = plan(target("first_response", "1h"), target("handling", "4h"))
    response, handling = judged([opened(), fact(f.InfoRequested, "10:10")], both, "10:20")
    assert says(response) == ("running", at("11:00"))
    assert says(handling) == ("paused", None)
    assert (handling.paused_because, handling.paused_since) == ("waiting", at("10:10"))
    assert handling.remaining == timedelta(hours=3, minutes=50)


@pytest.mark.parametrize(
    "end",
    [fact(f.RequesterWrote, "11:00"), fact(f.Resumed, "11:00")],
    ids=["reply", "resumption"],
)
def test_waiting_ends_and_moves_the_due_time(end: f.Fact) -> None:
    clock = only([opened(), fact(f.InfoRequested, "10:30"), end], HANDLING, "12:00")
    assert says(clock) == ("running", at("14:30"))
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
    assert says(only(told, office, "25 09:30")) == ("running", at("25 13:00"))


def test_nothing_comes_next_while_it_is_paused() -> None:
    clock = only([opened(), fact(f.InfoRequested, "10:30")], HANDLING, "11:00")
    assert next_look([clock], at("11:00")) is None


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
