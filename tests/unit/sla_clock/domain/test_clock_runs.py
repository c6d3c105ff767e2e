"""Where a clock's runs begin: acceptance, reopening (semantics 8-17)."""

from datetime import timedelta

import pytest

from sla_clock.domain import facts as f
from tests.support.clocks import at, fact, judged, only, opened, plan, says, target


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


def test_acceptance_starts_the_clocks_where_the_policy_says_so() -> None:
    accepting = plan(target("handling", "4h"), starts="accepted")
    told: list[f.Fact] = [opened()]
    assert judged(told, accepting, "10:30") == []
    told.append(fact(f.Accepted, "11:00"))
    assert says(only(told, accepting, "12:00")) == ("running", at("15:00"))
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


def test_what_a_ticket_lived_through_before_its_acceptance_is_nothing_to_its_clocks() -> None:
    told = [
        opened(),
        fact(f.Closed, "10:10"),
        fact(f.Reopened, "10:20"),
        fact(f.Accepted, "11:00"),
    ]
    accepting = plan(target("next_response", "1h"), target("update", "1h"), starts="accepted")
    exchange, silence = judged(told, accepting, "11:30")
    assert says(exchange) == ("running", at("12:00"))
    assert says(silence) == ("paused", None)
