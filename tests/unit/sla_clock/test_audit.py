"""Clocks reckoned anew: what was recorded rightly passes, what was not is named."""

from collections.abc import Sequence

import pytest

from reglament.decider import fold
from reglament.events.registry import Event
from sla_clock.audit import unsaid
from sla_clock.domain import facts as f
from sla_clock.domain.commands import Judge
from sla_clock.domain.decider import clock_decider
from tests.support.clocks import at, fact, opened, plan, target

PLAN = plan(target("first_response", "1h", at_risk=(50,)), target("handling", "4h"))
TOLD: list[f.Fact] = [opened(), fact(f.DeskAnswered, "11:30"), fact(f.Resolved, "12:00")]
DECIDER = clock_decider(PLAN)


def recorded(*times: str) -> list[Event]:
    """What sla-clock says, looking at each of the times."""
    history: list[Event] = []
    for now in times:
        known = tuple(one for one in TOLD if one.recorded_at <= at(now))
        state = fold(DECIDER, history)
        history += DECIDER.decide(Judge(facts=known, at=at(now)), state)
    return history


def names(events: Sequence[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


@pytest.mark.parametrize("times", [("12:00",), ("10:00", "10:40", "11:10", "11:30", "12:00")])
def test_a_right_history_lacks_nothing_however_often_it_was_looked_at(
    times: tuple[str, ...],
) -> None:
    assert unsaid(TOLD, recorded(*times), PLAN, at("13:00")) == []


@pytest.mark.parametrize("name", ["ClockAtRisk", "ClockBreached", "ClockMet"])
def test_an_event_that_was_not_recorded_is_named(name: str) -> None:
    said = recorded("10:00", "10:40", "11:10", "11:30", "12:00")
    missing = next(event for event in said if type(event).__name__ == name)
    said.remove(missing)
    assert name in names(unsaid(TOLD, said, PLAN, at("13:00")))


def test_a_breach_that_never_was_is_named() -> None:
    said = recorded("10:00", "10:40", "11:10")
    answered = [opened(), fact(f.DeskAnswered, "10:50")]
    assert names(unsaid(answered, said, PLAN, at("11:10")))[:1] == ["ClockCorrected"]


def test_what_comes_due_later_is_not_asked_for() -> None:
    said = recorded("10:00", "10:40")
    assert unsaid(TOLD[:1], said, PLAN, at("10:50")) == []
    assert names(unsaid(TOLD[:1], said, PLAN, at("11:00"))) == ["ClockBreached"]
