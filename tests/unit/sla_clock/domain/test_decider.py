"""Given what was said and what is known, when judged, then what is said next."""

from dataclasses import replace
from datetime import timedelta

from reglament.calendars.reading import read_calendar
from reglament.decider import fold
from reglament.events import sla
from reglament.events.registry import Actor, Event
from sla_clock.domain import facts as f
from sla_clock.domain.clock import clocks
from sla_clock.domain.commands import Judge
from sla_clock.domain.decider import clock_decider
from sla_clock.domain.said import Said, evolve
from sla_clock.domain.target import Plan
from tests.support.clocks import at, fact, opened, plan, target
from tests.support.deciding import HANDLING, RESPONSE, judge, looked, names

ENGINEER = Actor(kind="engineer", id="anna")


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


def test_foreign_events_and_clocks_that_never_started_change_nothing() -> None:
    lost = sla.ClockCancelled(
        at=at("10:00"), actor=ENGINEER, metric="update", cycle=1, because="closed"
    )
    assert evolve(Said(), lost) == Said()
    said = fold(clock_decider(RESPONSE), looked([opened()], RESPONSE, "10:00"))
    later = sla.ClockEvent(at=at("10:00"), actor=ENGINEER, metric="first_response")
    assert evolve(said, later) == said
    assert evolve(Said(), Event(at=at("10:00"), actor=ENGINEER)) == Said()


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
