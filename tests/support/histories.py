"""Random lives of a ticket, and a policy that promises every metric, for laws of clocks."""

from hypothesis import strategies as st

from sla_clock.domain import facts as f
from tests.support.clocks import fact, opened, plan, target

KINDS: tuple[type[f.Fact], ...] = (
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
    f.Absorbed,
    f.Merged,
    f.PriorityChanged,
    f.ScheduleChanged,
)
EVERYTHING = plan(
    target("first_response", "1h"),
    target("next_response", "2h", "office", pauses=frozenset({"deferred"})),
    target("update", "3h"),
    target("work_started", "30m"),
    target("handling", "5h", "office"),
    target("handling", "2h", priority=("high",)),
    target("resolution", "1 business day", "office", by_end_of_day=True),
)


def _time(minute: int) -> str:
    return f"{10 + minute // 60}:{minute % 60:02d}"


def _lived(minute: int, kind: type[f.Fact]) -> f.Fact:
    when = _time(minute)
    if kind is f.PriorityChanged:
        return fact(f.PriorityChanged, when, priority="high" if minute % 2 else "normal")
    if kind is f.ScheduleChanged:
        due_at = fact(f.Fact, _time(minute + 300)).at
        return fact(f.ScheduleChanged, when, due_at=due_at)
    if kind is f.Absorbed:
        return fact(f.Absorbed, when, unanswered_since=fact(f.Fact, _time(minute // 2)).at)
    return fact(kind, when)


@st.composite
def histories(draw: st.DrawFn) -> list[f.Fact]:
    """A ticket opened at 10:00 on the Tuesday and what happened in the thirty hours after it."""
    happened = st.tuples(st.integers(1, 30 * 60), st.sampled_from(KINDS))
    lived = draw(st.lists(happened, max_size=14, unique_by=lambda pair: pair[0]))
    return [opened("10:00"), *(_lived(*one) for one in sorted(lived, key=lambda pair: pair[0]))]
