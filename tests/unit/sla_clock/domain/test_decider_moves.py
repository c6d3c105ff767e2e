"""Another policy version, or newer holidays, for a live ticket (semantics 6, 16)."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from reglament.calendars.reading import read_calendar
from reglament.decider import fold
from reglament.events import sla
from reglament.events.registry import Actor, Event
from sla_clock.domain import facts as f
from sla_clock.domain.commands import Judge, Migrate
from sla_clock.domain.decider import clock_decider
from sla_clock.domain.target import Plan
from tests.support.clocks import at, fact, opened, plan, target
from tests.support.deciding import HANDLING, judge, looked, names

MOVED = Actor(kind="engineer", id="boss")


def moved_to(under: Plan, told: Sequence[f.Fact], now: str, version: int) -> list[Event]:
    """What follows from moving a ticket that was looked at when it was opened."""
    history = looked(told, under, "10:00")
    decider = clock_decider(under)
    fact_of_it = fact(f.Migrated, now, version=version)
    look = Judge(facts=(*told, fact_of_it), at=at(now), because="policy")
    command = Migrate(previous=1, version=version, actor=MOVED, judge=look)
    return list(decider.decide(command, fold(decider, history)))


def test_a_move_to_another_version_is_said_before_what_follows_from_it() -> None:
    other = plan(target("handling", "6h"))
    under = replace(HANDLING, others=lambda version, editions: other)
    events = moved_to(under, [opened()], "11:00", 2)
    assert names(events) == ["ClocksMigrated", "ClockRescheduled"]
    said, shift = events
    assert isinstance(said, sla.ClocksMigrated)
    assert (said.previous, said.version, said.calendars) == (1, 2, None)
    assert isinstance(shift, sla.ClockRescheduled)
    assert (shift.cause, shift.due_at) == ("policy", at("16:00"))


def test_newer_holidays_under_the_same_version_reschedule_because_of_the_calendar() -> None:
    """The budget is counted from the start on what holds now; a pause afterwards is a pause."""
    before = plan(target("handling", "9h", "office"), editions=(("RU", 1),))
    shorter = read_calendar({"time_zone": "UTC", "hours": {"mon-fri": ["10:00-17:00"]}})
    newer = replace(before, targets=(replace(before.targets[0], calendar=shorter),))
    asked: list[tuple[object, ...]] = []

    def others(*standing: object) -> Plan:
        asked.append(standing)
        return newer

    under = replace(before, others=others)
    told = [opened(), fact(f.Migrated, "11:00", version=1, editions=(("RU", 2),))]
    history = looked(told[:1], under, "10:00")
    (moved,) = judge(told, under, "11:00", history)
    assert asked == [(1, (("RU", 2),))]
    assert isinstance(moved, sla.ClockRescheduled)
    assert (moved.cause, moved.due_at) == ("calendar", at("25 12:00"))
    assert moved.calendar_version != getattr(history[0], "calendar_version", None)
    waited = [*told, fact(f.InfoRequested, "12:00"), fact(f.RequesterWrote, "13:00")]
    (later,) = judge(waited, under, "13:00", [*history, moved])
    assert isinstance(later, sla.ClockRescheduled)
    assert (later.cause, later.due_at) == ("pause", at("25 13:00"))


def test_a_breach_before_the_move_stays_and_one_that_it_causes_names_it() -> None:
    strict = plan(target("handling", "30m"))
    under = replace(HANDLING, others=lambda version, editions: strict)
    events = moved_to(under, [opened()], "11:00", 2)
    assert names(events) == ["ClocksMigrated", "ClockRescheduled", "ClockBreached"]
    breach = events[-1]
    assert isinstance(breach, sla.ClockBreached)
    assert (breach.due_at, breach.cause) == (at("10:30"), "policy")
    mild = replace(HANDLING, others=lambda version, editions: plan(target("handling", "99h")))
    told = [opened(), fact(f.Migrated, "15:00", version=2)]
    history = looked(told[:1], mild, "10:00", "14:30")
    assert "ClockCorrected" not in names(judge(told, mild, "15:00", history))


def test_a_first_releases_rescheduling_by_calendar_names_no_version_and_is_said_once() -> None:
    shorter = read_calendar({"time_zone": "UTC", "hours": {"mon-fri": ["10:00-17:00"]}})
    before = plan(target("handling", "9h", "office"))
    edited = replace(before, targets=(replace(before.targets[0], calendar=shorter),))
    history = looked([opened()], before, "10:00")
    (moved,) = judge([opened()], edited, "11:00", history)
    assert isinstance(moved, sla.ClockRescheduled)
    for cause in ("calendar", "priority"):
        old = msgspec.structs.replace(moved, calendar_version=None, cause=cause)
        assert judge([opened()], edited, "11:00", [*history, old]) == []
