"""Priority, contract, schedule: a changed promise counts from the start (semantics 11, 15)."""

from datetime import datetime, timedelta

from reglament.policy.durations import Elapsed
from sla_clock.domain import facts as f
from sla_clock.domain.clock import Clock
from sla_clock.domain.target import OwnTarget
from tests.support.clocks import at, fact, judged, only, opened, plan, target

RESPONSE = plan(target("first_response", "1h"))
HANDLING = plan(target("handling", "4h"))


def _says(clock: Clock) -> tuple[str, datetime | None]:
    return clock.state, clock.due_at


def test_a_priority_change_counts_anew_from_the_start_and_keeps_the_pauses() -> None:
    by_priority = plan(target("handling", "4h"), target("handling", "2h", priority=("high",)))
    told = [
        opened(),
        fact(f.InfoRequested, "10:10"),
        fact(f.RequesterWrote, "10:20"),
        fact(f.PriorityChanged, "10:30", priority="high"),
    ]
    assert _says(only(told, by_priority, "11:00")) == ("running", at("12:10"))
    back = [*told, fact(f.PriorityChanged, "11:00", priority="normal")]
    assert _says(only(back, by_priority, "11:30")) == ("running", at("14:10"))


def test_a_change_that_puts_the_due_time_into_the_past_is_named_by_the_breach() -> None:
    by_priority = plan(
        target("handling", "4h", at_risk=(50,)),
        target("handling", "1h", priority=("high",), at_risk=(50,)),
    )
    told: list[f.Fact] = [opened(), fact(f.PriorityChanged, "12:30", priority="high")]
    clock = only(told, by_priority, "12:30")
    assert clock.breach is not None
    assert (clock.breach.at, clock.breach.cause) == (at("11:00"), "priority")
    assert clock.steps == ()


def test_a_step_that_a_change_overtakes_falls_at_the_change() -> None:
    by_category = plan(
        target("handling", "4h"),
        target("handling", "3h", category=("error",), at_risk=(50,)),
    )
    told: list[f.Fact] = [opened(), fact(f.CategoryChanged, "12:30", category="error")]
    (step,) = only(told, by_category, "12:40").steps
    assert (step.name, step.at, step.is_reached) == ("50", at("12:30"), True)


def test_a_breach_stays_when_a_later_change_would_have_allowed_more_time() -> None:
    by_level = plan(target("handling", "1h"), target("handling", "8h", service_level=("base",)))
    told: list[f.Fact] = [opened(), fact(f.ServiceLevelAssigned, "12:00", service_level="base")]
    assert _says(only(told, by_level, "12:30")) == ("breached", at("11:00"))


def test_a_change_after_which_nothing_is_promised_cancels() -> None:
    told: list[f.Fact] = [opened(), fact(f.TargetsSwapped, "10:30", targets=())]
    clock = only(told, HANDLING, "11:00")
    assert (clock.state, clock.ended_at, clock.met_at) == ("cancelled", at("10:30"), None)


def test_targets_may_be_swapped_to_count_from_the_change() -> None:
    swapped = fact(f.TargetsSwapped, "11:00", targets=(target("handling", "1h"),), from_change=True)
    clock = only([opened(), swapped], HANDLING, "11:30")
    assert (*_says(clock), clock.elapsed) == ("running", at("12:00"), timedelta(minutes=30))


def test_a_contracts_own_target_overrides_the_desks() -> None:
    own = OwnTarget(metric="handling", within="1h", expect="30m")
    clock = only([opened(own_targets=(own,))], HANDLING, "10:10")
    assert (clock.due_at, clock.expected_at) == (at("11:00"), at("10:30"))


def test_an_agreed_date_becomes_the_due_time_of_handling_only() -> None:
    both = plan(target("first_response", "1h"), target("handling", "4h"))
    told = [opened(), fact(f.ScheduleChanged, "10:30", due_at=at("26 12:00"))]
    response, handling = judged(told, both, "10:40")
    assert (response.due_at, handling.due_at) == (at("11:00"), at("26 12:00"))
    assert handling.agreed_at == at("26 12:00")


def test_a_pause_after_the_agreement_moves_the_agreed_date_and_one_before_does_not() -> None:
    told = [
        opened(),
        fact(f.InfoRequested, "10:10"),
        fact(f.RequesterWrote, "10:20"),
        fact(f.ScheduleChanged, "10:30", due_at=at("20:00")),
        fact(f.InfoRequested, "11:00"),
        fact(f.RequesterWrote, "12:00"),
    ]
    assert only(told, HANDLING, "13:00").due_at == at("21:00")


def test_business_days_end_at_closing_where_the_target_says_so() -> None:
    promised = target(
        "handling",
        "2 business days",
        "office",
        by_end_of_day=True,
        expect=None,
        pauses=frozenset({"waiting"}),
    )
    told: list[f.Fact] = [opened("11:00")]
    assert only(told, plan(promised), "12:00").due_at == at("27 18:00")
    told += [fact(f.InfoRequested, "12:00"), fact(f.RequesterWrote, "13:00")]
    assert only(told, plan(promised), "14:00").due_at == at("30 18:00")


def test_another_contract_counts_anew_from_the_start_and_names_itself() -> None:
    own = OwnTarget(metric="handling", within="2h")
    changed = fact(
        f.ServiceLevelAssigned,
        "10:30",
        service_level=None,
        contract="C-2",
        own_targets=(own,),
    )
    clock = only([opened(contract="C-1"), changed], HANDLING, "11:00")
    assert (*_says(clock), clock.changed_by) == ("running", at("12:00"), "contract")
    late = fact(
        f.ServiceLevelAssigned, "13:00", service_level=None, contract="C-2", own_targets=(own,)
    )
    breached = only([opened(contract="C-1"), late], HANDLING, "13:00").breach
    assert breached is not None
    assert (breached.at, breached.cause) == (at("12:00"), "contract")


def test_another_level_of_the_same_contract_is_no_other_contract() -> None:
    by_level = plan(target("handling", "4h"), target("handling", "2h", service_level=("gold",)))
    changed = fact(f.ServiceLevelAssigned, "10:30", service_level="gold", contract="C-1")
    clock = only([opened(contract="C-1"), changed], by_level, "11:00")
    assert (clock.due_at, clock.changed_by) == (at("12:00"), "service_level")


def test_an_expected_time_keeps_the_pauses_taken_before_another_date_was_agreed() -> None:
    promised = plan(target("handling", "4h", expect=Elapsed(2 * 3600)))
    told = [
        opened(),
        fact(f.InfoRequested, "10:10"),
        fact(f.RequesterWrote, "10:20"),
        fact(f.ScheduleChanged, "10:30", due_at=at("20:00")),
    ]
    clock = only(told, promised, "11:00")
    assert (clock.due_at, clock.expected_at) == (at("20:00"), at("12:10"))
