"""What was said always catches up with what is, whatever came late (semantics 12)."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reglament.decider import fold
from reglament.events.registry import Event
from sla_clock.domain import facts as f
from sla_clock.domain.clock import Clock, clocks
from sla_clock.domain.commands import Judge
from sla_clock.domain.decider import clock_decider
from sla_clock.domain.said import Said
from sla_clock.domain.target import Plan, Target
from tests.support.clocks import at, opened, plan, target

TARGETS: tuple[Target, ...] = (
    target("first_response", "1h", at_risk=(50, 90)),
    target("first_response", "30m", priority=("high",), at_risk=(50,)),
    target("next_response", "2h", at_risk=(75,)),
    target("update", "3h"),
    target("work_started", "30m"),
    target("handling", "1 business day", "office", by_end_of_day=True, offsets=("-1h", "1h")),
    target("handling", "2h", priority=("high",), at_risk=(50, 75)),
)
PLAIN = (
    f.Accepted,
    f.AcceptanceWithdrawn,
    f.DeskAnswered,
    f.RequesterWrote,
    f.InfoRequested,
    f.Deferred,
    f.Resumed,
    f.Assigned,
    f.StatusLetterSent,
    f.Resolved,
    f.Closed,
    f.Refused,
)
SPECIAL = (f.PriorityChanged, f.ScheduleChanged, f.Reopened, f.TargetsSwapped, f.Absorbed)
START = at("10:00")
minutes = st.integers(0, 30 * 60).map(lambda n: timedelta(minutes=n))


@st.composite
def _facts(draw: st.DrawFn) -> f.Fact:
    happened = START + draw(minutes)
    late = draw(st.sampled_from([0, 0, 0, 5, 90, 600]))
    times: dict[str, Any] = {"at": happened, "recorded_at": happened + timedelta(minutes=late)}
    kind = draw(st.sampled_from([*PLAIN, *SPECIAL]))
    particulars: dict[type[f.Fact], dict[str, Any]] = {
        f.PriorityChanged: {"priority": draw(st.sampled_from(["high", "normal"]))},
        f.ScheduleChanged: {"due_at": happened + draw(minutes)},
        f.Reopened: {"by_requester": draw(st.booleans())},
        f.TargetsSwapped: {"targets": TARGETS[: draw(st.integers(0, 7))]},
        f.Absorbed: {"unanswered_since": START},
    }
    made: f.Fact = kind(**times, **particulars.get(kind, {}))
    return made


plans = st.builds(
    lambda starts, mode: plan(*TARGETS, starts=starts, on_reopen=mode),
    st.sampled_from(["opened", "accepted"]),
    st.sampled_from(["continue", "restart", "ignore"]),
)


def _look(told: list[f.Fact], under: Plan, now: datetime, history: list[Event]) -> list[Event]:
    decider = clock_decider(under)
    command = Judge(facts=tuple(told), at=now)
    return list(decider.decide(command, fold(decider, history)))


def _is(clock: Clock) -> tuple[object, ...]:
    breached_at = None if clock.breach is None else clock.breach.at
    due_at = clock.due_at if clock.is_open else None
    is_paused = clock.is_open and clock.state == "paused"
    return breached_at, clock.met_at, not clock.is_open, is_paused, due_at


def _was_said(said: Said, key: tuple[str, int]) -> tuple[object, ...]:
    clock = said.clocks[key]
    due_at = None if clock.is_ended else clock.due_at
    is_paused = clock.is_paused and not clock.is_ended and clock.breached_at is None
    return clock.breached_at, clock.met_at, clock.is_ended, is_paused, due_at


@settings(max_examples=80, deadline=None)
@given(plans, st.lists(_facts(), max_size=10), st.lists(minutes, max_size=6))
def test_after_each_look_what_was_said_is_what_is_and_the_same_look_says_nothing(
    under: Plan, happened: list[f.Fact], looks: list[timedelta]
) -> None:
    told: list[f.Fact] = [opened("10:00"), *happened]
    moments = sorted({START + look for look in looks} | {fact.recorded_at for fact in told})
    history: list[Event] = []
    for now in moments:
        history += _look(told, under, now, history)
        assert _look(told, under, now, history) == []
        said = fold(clock_decider(under), history)
        for clock in clocks(told, under, now):
            key = (clock.cycle.metric, clock.cycle.number)
            assert _was_said(said, key) == _is(clock), key
