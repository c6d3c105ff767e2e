"""However often one looks, the same is said in the end (semantics 8)."""

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from reglament.decider import fold
from reglament.events import sla
from reglament.events.registry import Event
from sla_clock.domain import facts as f
from sla_clock.domain.clock import clocks, next_look
from sla_clock.domain.commands import Judge
from sla_clock.domain.decider import clock_decider
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
