"""Given what was said and what is known, when judged, then what is said next (semantics 12)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reglament.calendars.reading import read_calendar
from reglament.decider import fold
from reglament.errors import NotFound, Refused
from reglament.events import sla
from reglament.events.registry import Actor, Event
from sla_clock.domain import facts as f
from sla_clock.domain.clock import clocks, next_look
from sla_clock.domain.commands import Excuse, Judge
from sla_clock.domain.decider import clock_decider
from sla_clock.domain.said import Said, evolve
from sla_clock.domain.target import Plan
from tests.support.clocks import at, fact, opened, plan, target

RESPONSE = plan(target("first_response", "1h", at_risk=(50,)), excuses=("client_unreachable",))
HANDLING = plan(target("handling", "4h"))
ENGINEER = Actor(kind="engineer", id="anna")


def judge(
    told: Sequence[f.Fact],
    under: Plan,
    now: str,
    history: Sequence[Event] = (),
    because: str = "e1",
) -> list[Event]:
    """What follows from looking at `now`, after `history`."""
    decider = clock_decider(under)
    command = Judge(facts=tuple(told), at=at(now), because=because)
    return list(decider.decide(command, fold(decider, history)))


def looked(told: Sequence[f.Fact], under: Plan, *times: str) -> list[Event]:
    """The stream after looking at each of the times, with what was recorded by then."""
    history: list[Event] = []
    for now in times:
        known = [one for one in told if one.recorded_at <= at(now)]
        history += judge(known, under, now, history)
    return history


def names(events: Sequence[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_a_ticket_starts_its_clocks() -> None:
    (started,) = judge([opened()], RESPONSE, "10:00")
    assert isinstance(started, sla.ClockStarted)
    assert (started.started_at, started.due_at) == (at("10:00"), at("11:00"))
    assert (started.within, started.calendar, started.priority) == ("1h", "always", "normal")
    assert started.calendar_version


def test_the_same_look_again_says_nothing() -> None:
    told = [opened(), fact(f.DeskAnswered, "11:30")]
    for now in ("10:00", "10:40", "11:10", "12:00"):
        history = looked(told, RESPONSE, now)
        assert judge([t for t in told if t.recorded_at <= at(now)], RESPONSE, now, history) == []


def test_steps_breach_and_late_answer_are_said_once_each_at_their_own_times() -> None:
    told = [opened(), fact(f.DeskAnswered, "11:30")]
    history = looked(told, RESPONSE, "10:00", "10:30", "10:45", "11:00", "11:20", "12:00")
    assert names(history) == ["ClockStarted", "ClockAtRisk", "ClockBreached", "ClockMet"]
    assert [event.at for event in history[1:]] == [at("10:30"), at("11:00"), at("11:30")]
    met = history[-1]
    assert isinstance(met, sla.ClockMet)
    assert (met.late, met.elapsed_seconds) == (True, 5400)


def test_a_late_look_says_all_that_was_missed_in_order() -> None:
    told = [opened(), fact(f.DeskAnswered, "11:30")]
    assert judge(told, RESPONSE, "12:00") == looked(told, RESPONSE, "10:00", "11:10", "12:00")


def test_waiting_is_said_with_its_reason_and_going_on_with_its_due_time() -> None:
    told = [opened(), fact(f.InfoRequested, "10:30"), fact(f.RequesterWrote, "11:00")]
    _, paused, resumed = looked(told, HANDLING, "10:00", "10:30", "11:00")
    assert isinstance(paused, sla.ClockPaused)
    assert (paused.at, paused.because) == (at("10:30"), "waiting")
    assert isinstance(resumed, sla.ClockResumed)
    assert (resumed.at, resumed.due_at) == (at("11:00"), at("14:30"))


def test_a_ticket_born_waiting_starts_without_a_due_time() -> None:
    started, paused = judge([opened(), fact(f.InfoRequested, "10:00")], HANDLING, "10:00")
    assert isinstance(started, sla.ClockStarted)
    assert started.due_at is None
    assert isinstance(paused, sla.ClockPaused)


def test_a_pause_that_began_and_ended_between_two_looks_moves_the_due_time() -> None:
    told = [
        opened(),
        fact(f.InfoRequested, "10:30", recorded="11:30"),
        fact(f.RequesterWrote, "11:00", recorded="11:30"),
    ]
    _, moved = looked(told, HANDLING, "10:00", "11:30")
    assert isinstance(moved, sla.ClockRescheduled)
    assert (moved.cause, moved.previous_due_at, moved.due_at) == ("pause", at("14:00"), at("14:30"))


def test_another_priority_reschedules_and_names_its_cause() -> None:
    by_priority = plan(target("handling", "4h"), target("handling", "2h", priority=("high",)))
    told: list[f.Fact] = [opened(), fact(f.PriorityChanged, "10:30", priority="high")]
    _, moved = looked(told, by_priority, "10:00", "10:30")
    assert isinstance(moved, sla.ClockRescheduled)
    assert (moved.cause, moved.at, moved.due_at) == ("priority", at("10:30"), at("12:00"))
    assert (moved.within, moved.priority) == ("2h", "high")


def test_a_change_while_it_waits_is_said_without_a_due_time() -> None:
    by_priority = plan(target("handling", "4h"), target("handling", "2h", priority=("high",)))
    told = [
        opened(),
        fact(f.InfoRequested, "10:10"),
        fact(f.PriorityChanged, "10:30", priority="high"),
        fact(f.RequesterWrote, "10:40"),
    ]
    history = looked(told, by_priority, "10:00", "10:10", "10:30", "10:40")
    assert names(history)[2:] == ["ClockRescheduled", "ClockResumed"]
    assert isinstance(history[2], sla.ClockRescheduled)
    assert history[2].due_at is None


def test_a_change_and_the_end_of_waiting_in_one_look_are_both_said() -> None:
    by_priority = plan(target("handling", "4h"), target("handling", "2h", priority=("high",)))
    told = [
        opened(),
        fact(f.InfoRequested, "10:10"),
        fact(f.PriorityChanged, "10:30", priority="high"),
        fact(f.RequesterWrote, "10:40"),
    ]
    history = looked(told, by_priority, "10:10", "10:40")
    assert names(history)[2:] == ["ClockRescheduled", "ClockResumed"]


def test_a_breach_that_a_change_causes_follows_the_change_and_is_dated_before_it() -> None:
    by_priority = plan(target("handling", "4h"), target("handling", "1h", priority=("high",)))
    told: list[f.Fact] = [opened(), fact(f.PriorityChanged, "12:30", priority="high")]
    _, moved, breached = looked(told, by_priority, "10:00", "12:30")
    assert isinstance(moved, sla.ClockRescheduled)
    assert isinstance(breached, sla.ClockBreached)
    assert (breached.at, breached.cause) == (at("11:00"), "priority")


def test_an_agreed_date_is_said_with_both_dates() -> None:
    told: list[f.Fact] = [opened(), fact(f.ScheduleChanged, "11:00", due_at=at("26 12:00"))]
    _, moved = looked(told, HANDLING, "10:00", "11:00")
    assert isinstance(moved, sla.ClockRescheduled)
    assert moved.cause == "schedule"
    assert (moved.previous_due_at, moved.due_at) == (at("14:00"), at("26 12:00"))


def test_another_calendar_version_reschedules_with_that_cause_once() -> None:
    shorter = read_calendar({"time_zone": "UTC", "hours": {"mon-fri": ["10:00-17:00"]}})
    before = plan(target("handling", "9h", "office"))
    edited = Plan(
        version=1,
        calendars={"office": shorter},
        targets=tuple(replace(one, calendar=shorter) for one in before.targets),
    )
    history = looked([opened()], before, "10:00")
    (moved,) = judge([opened()], edited, "11:00", history)
    assert isinstance(moved, sla.ClockRescheduled)
    assert (moved.cause, moved.due_at) == ("calendar", at("25 12:00"))
    assert judge([opened()], edited, "11:00", [*history, moved]) == []


def test_an_answer_that_came_to_light_late_corrects_the_breach() -> None:
    told = [opened(), fact(f.DeskAnswered, "10:50", recorded="12:00")]
    history = looked(told, RESPONSE, "10:00", "11:00", "12:00")
    assert names(history)[2:] == ["ClockBreached", "ClockCorrected", "ClockMet"]
    corrected = history[-2]
    assert isinstance(corrected, sla.ClockCorrected)
    assert (corrected.was, corrected.state, corrected.because) == ("breached", "met", "e1")
    assert (corrected.at, corrected.effective_at) == (at("12:00"), at("10:50"))


def test_a_pause_that_came_to_light_late_corrects_the_breach_and_goes_on() -> None:
    told = [
        opened(),
        fact(f.InfoRequested, "13:00", recorded="15:00"),
        fact(f.RequesterWrote, "14:30", recorded="15:00"),
    ]
    history = looked(told, HANDLING, "10:00", "14:00", "15:00", "15:20")
    assert names(history)[1:] == ["ClockBreached", "ClockCorrected", "ClockRescheduled"]
    assert isinstance(history[2], sla.ClockCorrected)
    assert history[2].state == "running"
    assert fold(clock_decider(HANDLING), history).clocks["handling", 1].state == "running"


def test_a_due_time_that_moves_by_late_news_but_is_still_past_is_corrected() -> None:
    told = [
        opened(),
        fact(f.InfoRequested, "13:00", recorded="15:00"),
        fact(f.RequesterWrote, "13:30", recorded="15:00"),
    ]
    history = looked(told, HANDLING, "10:00", "14:00", "15:00")
    assert isinstance(history[-1], sla.ClockCorrected)
    assert (history[-1].state, history[-1].effective_at) == ("breached", at("14:30"))


def test_an_earlier_answer_that_came_to_light_late_corrects_when_it_was_met() -> None:
    told = [
        opened(),
        fact(f.DeskAnswered, "10:40"),
        fact(f.DeskAnswered, "10:20", recorded="12:00"),
    ]
    history = looked(told, RESPONSE, "10:00", "10:40", "12:00")
    corrected = history[-1]
    assert isinstance(corrected, sla.ClockCorrected)
    assert (corrected.was, corrected.state, corrected.effective_at) == ("met", "met", at("10:20"))
    assert judge(told, RESPONSE, "12:10", history) == []


def test_a_refusal_that_came_to_light_late_takes_back_what_was_met() -> None:
    told = [
        opened(),
        fact(f.Resolved, "11:00"),
        fact(f.Refused, "10:30", recorded="12:00"),
    ]
    history = looked(told, HANDLING, "10:00", "11:00", "12:00")
    assert isinstance(history[-1], sla.ClockCorrected)
    assert (history[-1].was, history[-1].state) == ("met", "cancelled")
    assert judge(told, HANDLING, "12:10", history) == []


def test_an_exchange_that_late_news_dissolves_is_withdrawn() -> None:
    exchanges = plan(target("next_response", "2h"))
    told = [
        opened(),
        fact(f.DeskAnswered, "10:10"),
        fact(f.RequesterWrote, "10:30"),
        fact(f.Closed, "10:20", recorded="11:00"),
    ]
    history = looked(told, exchanges, "10:00", "10:30", "11:00")
    assert isinstance(history[-1], sla.ClockCorrected)
    assert (history[-1].cycle, history[-1].state) == (2, "cancelled")
    assert judge(told, exchanges, "11:10", history) == []


def test_reopening_goes_on_with_a_due_time() -> None:
    told = [opened(), fact(f.Resolved, "11:00"), fact(f.Reopened, "15:00")]
    history = looked(told, HANDLING, "10:00", "11:00", "15:00")
    assert names(history) == ["ClockStarted", "ClockMet", "ClockResumed"]
    assert isinstance(history[-1], sla.ClockResumed)
    assert history[-1].due_at == at("18:00")


def test_reopening_into_waiting_pauses() -> None:
    told = [
        opened(),
        fact(f.Resolved, "11:00"),
        fact(f.Reopened, "15:00"),
        fact(f.InfoRequested, "15:00"),
    ]
    assert names(looked(told, HANDLING, "10:00", "11:00", "15:00"))[2:] == ["ClockPaused"]


def test_a_refused_ticket_cancels() -> None:
    history = looked([opened(), fact(f.Refused, "10:30")], HANDLING, "10:00", "10:30")
    assert isinstance(history[-1], sla.ClockCancelled)
    assert history[-1].because == "refused"


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


def test_foreign_events_and_clocks_that_never_started_change_nothing() -> None:
    lost = sla.ClockCancelled(
        at=at("10:00"), actor=ENGINEER, metric="update", cycle=1, because="closed"
    )
    assert evolve(Said(), lost) == Said()
    said = fold(clock_decider(RESPONSE), looked([opened()], RESPONSE, "10:00"))
    later = sla.ClockEvent(at=at("10:00"), actor=ENGINEER, metric="first_response")
    assert evolve(said, later) == said
    assert evolve(Said(), Event(at=at("10:00"), actor=ENGINEER)) == Said()


KINDS = (
    f.DeskAnswered,
    f.RequesterWrote,
    f.InfoRequested,
    f.Deferred,
    f.Resumed,
    f.Assigned,
    f.StatusLetterSent,
    f.Resolved,
    f.Closed,
    f.Reopened,
)
ALL = plan(
    target("first_response", "1h", at_risk=(50, 90)),
    target("next_response", "2h", at_risk=(75,)),
    target("update", "3h"),
    target("work_started", "30m"),
    target("handling", "5h", "office", at_risk=(50, 75), offsets=("-30m", "30m")),
)
minutes = st.integers(1, 30 * 60)


def _time(minute: int) -> str:
    return f"{10 + minute // 60}:{minute % 60:02d}"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(minutes, st.sampled_from(KINDS)), max_size=10, unique_by=lambda p: p[0]))
def test_what_was_said_does_not_depend_on_how_often_one_looked(
    happened: list[tuple[int, type[f.Fact]]],
) -> None:
    told: list[f.Fact] = [opened("10:00")]
    told += [fact(kind, _time(minute)) for minute, kind in sorted(happened, key=lambda p: p[0])]
    once = judge(told, ALL, "50:00")
    history: list[Event] = []
    for known in range(1, len(told) + 1):
        now = told[known - 1].at
        until = told[known].at if known < len(told) else at("50:00")
        while now is not None and now < until:
            history += _judged_at(told[:known], now, history)
            now = next_look(clocks(told[:known], ALL, now), now) or until
    history += judge(told, ALL, "50:00", history)
    assert _marks(history) == _marks(once)
    assert "ClockCorrected" not in names(history)


def _judged_at(told: list[f.Fact], now: datetime, history: list[Event]) -> list[Event]:
    decider = clock_decider(ALL)
    command = Judge(facts=tuple(told), at=now, because="timer")
    return list(decider.decide(command, fold(decider, history)))


def _marks(events: list[Event]) -> set[tuple[object, ...]]:
    """Breaches, steps and final ends: what people act on."""
    said = fold(clock_decider(ALL), events)
    marks: set[tuple[object, ...]] = {
        (*key, clock.state, clock.breached_at, clock.met_at, clock.is_ended or clock.due_at)
        for key, clock in said.clocks.items()
    }
    for event in events:
        if isinstance(event, sla.ClockBreached | sla.ClockAtRisk):
            step = event.step if isinstance(event, sla.ClockAtRisk) else "breach"
            marks.add((event.metric, event.cycle, step, event.at))
    return marks


def test_clocks_that_are_reckoned_already_are_not_reckoned_again() -> None:
    told = (opened(),)
    found = clocks(told, RESPONSE, at("10:00"))
    command = Judge(facts=(), at=at("10:00"))
    decider = clock_decider(RESPONSE, found)
    assert list(decider.decide(command, Said())) == judge(told, RESPONSE, "10:00")


def test_the_budget_is_spent_by_the_second() -> None:
    (_, met) = judge([opened(), fact(f.DeskAnswered, "10:00:01")], RESPONSE, "10:10")
    assert isinstance(met, sla.ClockMet)
    assert timedelta(seconds=met.elapsed_seconds) == timedelta(seconds=1)
