"""When a clock is at risk (semantics 8-17)."""

from sla_clock.domain import facts as f
from sla_clock.domain.clock import next_look
from tests.support.clocks import at, fact, only, opened, plan, target


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


def test_an_offset_before_a_closing_time_is_counted_from_the_closing_time() -> None:
    promised = target("handling", "2 business days", "office", by_end_of_day=True, offsets=("-8h",))
    told: list[f.Fact] = [opened("11:00")]
    assert [s.at for s in only(told, plan(promised), "12:00").steps] == [at("27 10:00")]
    told += [fact(f.InfoRequested, "12:00")]
    assert only(told, plan(promised), "13:00").steps == ()
    told += [fact(f.RequesterWrote, "13:00")]
    assert [s.at for s in only(told, plan(promised), "14:00").steps] == [at("30 10:00")]


def test_an_offset_of_nothing_falls_with_the_due_time_even_at_closing() -> None:
    promised = target("handling", "8h", "office", offsets=("0s", "0 business days"))
    clock = only([opened()], plan(promised), "12:00")
    assert clock.due_at == at("18:00")
    assert [(step.name, step.at) for step in clock.steps] == [
        ("0s", at("18:00")),
        ("0 business days", at("18:00")),
    ]
