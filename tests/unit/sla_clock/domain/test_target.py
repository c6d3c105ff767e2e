"""Which target holds for which ticket."""

from dataclasses import replace

import pytest

from sla_clock.domain import target as target_module
from sla_clock.domain.target import (
    Circumstances,
    OwnTarget,
    Plan,
    Target,
    is_metric,
    promised,
    promises,
)
from tests.support.clocks import plan, target


def _within(of: Circumstances, under: Plan) -> dict[str, str]:
    return {metric: t.within_text for metric, t in promises(under, under.targets, of).items()}


def _of(priority: str = "normal", **more: str) -> Circumstances:
    return Circumstances(priority=priority, **more)  # type: ignore[arg-type]


def _promised(of: Circumstances, under: Plan) -> Target:
    (found,) = promises(under, under.targets, of).values()
    return found


LAYERED = plan(
    target("handling", "8h"),
    target("handling", "7h", channel=("email",)),
    target("handling", "6h", category=("error",)),
    target("handling", "5h", priority=("high", "urgent")),
    target("handling", "4h", service_level=("gold",)),
    target("handling", "3h", priority=("high",), category=("error",)),
)


def test_the_most_specific_match_wins() -> None:
    assert _within(_of(), LAYERED) == {"handling": "8h"}
    assert _within(_of(channel="email"), LAYERED) == {"handling": "7h"}
    assert _within(_of("high"), LAYERED) == {"handling": "5h"}
    assert _within(_of("high", category="error"), LAYERED) == {"handling": "3h"}


def test_of_as_many_conditions_the_service_level_wins_whatever_their_order() -> None:
    of = _of("urgent", category="error", service_level="gold", channel="email")
    assert _within(of, LAYERED) == {"handling": "4h"}
    backwards = plan(*reversed(LAYERED.targets))
    assert _within(of, backwards) == {"handling": "4h"}


def test_the_contracts_budget_keeps_the_desks_calendar_pauses_and_steps() -> None:
    desk = plan(target("handling", "8h", "office", at_risk=(60,), offsets=("-1h",)))
    own = OwnTarget(metric="handling", within="2h")
    promised = _promised(Circumstances(priority="normal", own_targets=(own,)), desk)
    assert (promised.within_text, promised.calendar_name) == ("2h", "office")
    assert (promised.at_risk, promised.offsets) == ((60,), ("-1h",))
    assert promised.pauses == {"waiting", "deferred"}


def test_a_contract_may_name_calendar_and_expectation_and_only_one_priority() -> None:
    desk = plan(target("handling", "8h", "office"))
    general = OwnTarget(metric="handling", within="4h", calendar="always", expect="2h")
    urgent = OwnTarget(metric="handling", within="1h", priority="urgent")
    both = (urgent, general)
    promised = _promised(Circumstances(priority="normal", own_targets=both), desk)
    assert (promised.within_text, promised.calendar_name) == ("4h", "always")
    assert promised.expect is not None
    promised = _promised(Circumstances(priority="urgent", own_targets=both), desk)
    assert promised.within_text == "1h"


def test_a_contract_may_promise_what_the_desk_does_not() -> None:
    desk = plan(target("handling", "8h", "office"))
    own = OwnTarget(metric="work_started", within="30m")
    found = promises(desk, desk.targets, Circumstances(priority="normal", own_targets=(own,)))
    assert found["work_started"].calendar_name == "always"
    assert found["work_started"].pauses == frozenset()


def test_end_of_day_stays_with_business_days_only() -> None:
    desk = plan(target("handling", "2 business days", "office", by_end_of_day=True))
    for within, by in (("1 business day", True), ("4h", False)):
        own = OwnTarget(metric="handling", within=within)
        of = Circumstances(priority="normal", own_targets=(own,))
        assert _promised(of, desk).by_end_of_day is by


def test_a_contract_on_a_calendar_that_the_desk_has_not_is_an_error() -> None:
    desk = plan(target("handling", "8h", "office"))
    own = OwnTarget(metric="handling", within="4h", calendar="nowhere")
    with pytest.raises(ValueError, match="'nowhere' is no calendar"):
        promises(desk, desk.targets, Circumstances(priority="normal", own_targets=(own,)))


def test_metrics_are_known_by_name() -> None:
    assert is_metric("handling")
    assert not is_metric("happiness")


def test_what_was_promised_once_is_known_but_not_without_bound() -> None:
    first = promised(LAYERED, _of())
    assert promised(LAYERED, _of()) is first
    for number in range(target_module.MOST_RECKONED):
        promised(LAYERED, _of(contract=str(number)))
    assert promised(LAYERED, _of()) == first
    assert len(LAYERED.reckoned) <= target_module.MOST_RECKONED


def test_what_a_ticket_was_moved_to_has_its_own_promises() -> None:
    other = plan(target("handling", "1h"))
    under = replace(LAYERED, others=lambda version, editions: other)
    assert promised(under, _of(), (2, ()))["handling"].within_text == "1h"
    assert promised(under, _of())["handling"].within_text == "8h"
    assert promised(LAYERED, _of(), (2, ()))["handling"].within_text == "8h"
