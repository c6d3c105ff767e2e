"""However often one looks, the same is said in the end (semantics 8)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reglament.calendars.reading import read_calendar
from reglament.decider import fold
from reglament.events import sla
from reglament.events.registry import Event
from sla_clock.domain import facts as f
from sla_clock.domain.clock import clocks, next_look
from sla_clock.domain.commands import Judge
from sla_clock.domain.decider import clock_decider
from sla_clock.domain.target import Editions, Plan
from tests.support.clocks import at, fact, opened, plan, target
from tests.support.deciding import judge, names

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
    history = _often(told, ALL)
    assert _marks(history) == _marks(judge(told, ALL, "50:00"))
    assert "ClockCorrected" not in names(history)


SHORT = read_calendar({"time_zone": "UTC", "hours": {"mon-fri": ["10:00-15:00"]}})
OTHER = plan(
    target("first_response", "3h"),
    target("next_response", "1h"),
    target("handling", "8h", "office"),
    target("handling", "90m", "office", priority=("high",)),
)


def _others(version: int, editions: Editions) -> Plan:
    """Of version 2 other targets; by the newer holidays a shorter office day."""
    base = ALL if version == 1 else OTHER
    if not editions:
        return base
    shorter = tuple(
        replace(one, calendar=SHORT) if one.calendar_name == "office" else one
        for one in base.targets
    )
    return replace(base, targets=shorter)


MOVING = replace(ALL, others=_others)
Happening = tuple[type[f.Fact], dict[str, Any]]
changes: st.SearchStrategy[Happening] = st.one_of(
    st.sampled_from(("normal", "high")).map(lambda to: (f.PriorityChanged, {"priority": to})),
    st.sampled_from((1, 2)).map(lambda to: (f.Migrated, {"version": to})),
    st.just((f.Migrated, {"version": 2, "editions": (("RU", 2),)})),
    st.sampled_from(KINDS).map(lambda kind: (kind, {})),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(minutes, changes), max_size=8, unique_by=lambda p: p[0]))
def test_breaches_and_ends_do_not_depend_on_it_either_where_promises_change(
    happened: list[tuple[int, Happening]],
) -> None:
    told: list[f.Fact] = [opened("10:00")]
    for minute, (kind, said) in sorted(happened, key=lambda p: p[0]):
        told.append(fact(kind, _time(minute), **said))
    often, once = _often(told, MOVING), judge(told, MOVING, "50:00")
    assert _marks(often, steps=False) == _marks(once, steps=False)
    assert "ClockCorrected" not in names(often)


def _often(told: list[f.Fact], under: Plan) -> list[Event]:
    """Looked at whenever something happened or was due."""
    history: list[Event] = []
    for known in range(1, len(told) + 1):
        now = told[known - 1].at
        until = told[known].at if known < len(told) else at("50:00")
        while now is not None and now < until:
            history += _judged_at(told[:known], under, now, history)
            now = next_look(clocks(told[:known], under, now), now) or until
    return [*history, *judge(told, under, "50:00", history)]


def _judged_at(told: list[f.Fact], under: Plan, now: datetime, history: list[Event]) -> list[Event]:
    decider = clock_decider(under)
    command = Judge(facts=tuple(told), at=now, because="timer")
    return list(decider.decide(command, fold(decider, history)))


def _marks(events: list[Event], *, steps: bool = True) -> set[tuple[object, ...]]:
    """Breaches, steps and final ends: what people act on."""
    said = fold(clock_decider(ALL), events)
    marks: set[tuple[object, ...]] = {
        (*key, clock.state, clock.breached_at, clock.met_at, clock.is_ended or clock.due_at)
        for key, clock in said.clocks.items()
    }
    for event in events:
        if isinstance(event, sla.ClockAtRisk) and steps:
            marks.add((event.metric, event.cycle, event.step, event.at))
        elif isinstance(event, sla.ClockBreached):
            marks.add((event.metric, event.cycle, "breach", event.at))
    return marks
