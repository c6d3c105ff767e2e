"""A breach is excused, and stays (semantics 12)."""

import pytest

from reglament.decider import fold
from reglament.errors import NotFound, Refused
from reglament.events.registry import Actor
from sla_clock.domain.commands import Excuse
from sla_clock.domain.decider import clock_decider
from sla_clock.domain.said import Said
from tests.support.clocks import at, opened
from tests.support.deciding import RESPONSE, looked

ENGINEER = Actor(kind="engineer", id="anna")


def _excuse(reason: str = "client_unreachable", metric: str = "first_response") -> Excuse:
    return Excuse(
        metric="first_response" if metric == "first_response" else "update",
        cycle=1,
        reason=reason,
        at=at("12:00"),
        actor=ENGINEER,
    )


def test_a_breach_is_excused_with_a_reason_of_the_desk_and_stays() -> None:
    decider = clock_decider(RESPONSE)
    history = looked([opened()], RESPONSE, "11:30")
    (excused,) = decider.decide(_excuse(), fold(decider, history))
    said = fold(decider, [*history, excused])
    assert said.excuse_of("first_response", 1) == "client_unreachable"
    assert said.clocks["first_response", 1].state == "breached"
    assert decider.decide(_excuse(), said) == []
    assert Said().excuse_of("first_response", 1) is None


@pytest.mark.parametrize(
    ("command", "now", "rule"),
    [(_excuse(), "10:30", "not-breached"), (_excuse("weather"), "11:30", "unknown-reason")],
)
def test_what_cannot_be_excused_is_refused(command: Excuse, now: str, rule: str) -> None:
    decider = clock_decider(RESPONSE)
    with pytest.raises(Refused) as refused:
        decider.decide(command, fold(decider, looked([opened()], RESPONSE, now)))
    assert [violation.rule for violation in refused.value.violations] == [rule]


def test_a_clock_that_never_was_cannot_be_excused() -> None:
    with pytest.raises(NotFound):
        clock_decider(RESPONSE).decide(_excuse(metric="update"), Said())
