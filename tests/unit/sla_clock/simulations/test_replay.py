"""A draft held against what happened: the same answer as clocks told anew, with less work."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from sla_clock.domain import facts as f
from sla_clock.domain.clock import verdicts
from sla_clock.domain.story import story
from sla_clock.domain.target import Plan
from sla_clock.projections.ticket_events import TicketFacts
from sla_clock.simulations.replay import Difference, Replay
from tests.support.clocks import at, fact, opened, plan, target

TODAY = plan(
    target("first_response", "1h"),
    target("next_response", "2h"),
    target("update", "3h"),
    target("handling", "4h", pauses=frozenset({"waiting"})),
    target("handling", "2h", priority=("high",), pauses=frozenset({"waiting"})),
)
DRAFT = plan(
    target("first_response", "1h"),
    target("next_response", "1h"),
    target("update", "3h"),
    target("handling", "6h"),
    target("handling", "1h", priority=("high",)),
    on_reopen="restart",
)
NOW = at("25 20:00")
KINDS = (
    f.RequesterWrote,
    f.DeskAnswered,
    f.InfoRequested,
    f.Deferred,
    f.Resumed,
    f.Resolved,
    f.Closed,
    f.Reopened,
    f.Assigned,
)


@st.composite
def lives(draw: st.DrawFn) -> tuple[f.Fact, ...]:
    """A ticket to which up to eight things happened within a day."""
    told: list[f.Fact] = [opened()]
    for minute in draw(st.lists(st.integers(601, 1439), max_size=8, unique=True)):
        when = f"{minute // 60}:{minute % 60}"
        if draw(st.integers(0, 5)) == 0:
            told.append(fact(f.PriorityChanged, when, priority=draw(st.sampled_from(PRIORITIES))))
        else:
            told.append(fact(draw(st.sampled_from(KINDS)), when))
    return f.in_order(told)


PRIORITIES = ("normal", "high")


def known(told: Sequence[f.Fact]) -> TicketFacts:
    return TicketFacts(
        ticket="t", desk="d", requester="r", policy_version=1, facts=tuple(told), causes={}
    )


def replayed(told: Sequence[f.Fact], under: Plan, draft: Plan) -> list[Difference]:
    return sorted(Replay(draft, NOW).differences(known(told), under), key=_place)


def _place(one: Difference) -> tuple[str, int]:
    return one.metric, one.cycle


def expected(told: Sequence[f.Fact], under: Plan, draft: Plan) -> list[Difference]:
    """Both sides reckoned from the facts, each by itself."""
    sides = [
        {
            (one.cycle.metric, one.cycle.number): (one.state, one.due_at)
            for one in verdicts(told, side, NOW)
        }
        for side in (under, draft)
    ]
    found = []
    for key in sorted(sides[0].keys() | sides[1].keys()):
        was, becomes = (side.get(key, (None, None)) for side in sides)
        if was != becomes:
            found.append(
                Difference(
                    ticket="t",
                    metric=key[0],
                    cycle=key[1],
                    was=was[0],
                    becomes=becomes[0],
                    was_due_at=was[1],
                    due_at=becomes[1],
                )
            )
    return found


@given(told=lives())
def test_one_telling_for_both_sides_gives_what_two_would(told: tuple[f.Fact, ...]) -> None:
    assert replayed(told, TODAY, DRAFT) == expected(told, TODAY, DRAFT)
    assert story(told, DRAFT, like=story(told, TODAY)) == story(told, DRAFT)


@given(told=lives())
def test_a_draft_that_changes_nothing_differs_nowhere(told: tuple[f.Fact, ...]) -> None:
    same = plan(*TODAY.targets)
    replay = Replay(same, NOW)
    assert list(replay.differences(known(told), TODAY)) == []
    assert replay.counted.clocks == {}
    assert (replay.counted.tickets, replay.counted.differing) == (1, 0)


def test_only_the_metrics_that_the_draft_changes_are_reckoned() -> None:
    shorter = plan(target("handling", "30m"), *TODAY.targets[:3])
    replay = Replay(shorter, NOW)
    told = (opened(), fact(f.DeskAnswered, "10:10"), fact(f.Resolved, "11:00"))
    (found,) = replay.differences(known(told), TODAY)
    assert (found.metric, found.was, found.becomes) == ("handling", "met", "breached")
    assert (found.was_due_at, found.due_at) == (at("14:00"), at("10:30"))
    assert replay.counted.clocks == {"handling": {"before": {"met": 1}, "after": {"breached": 1}}}
