"""A ticket's clocks as its history tells them."""

from typing import Any

from intake.api.portal.clocks import SaidClock, said_clocks

DUE, LATER = "2026-11-23T10:00:00Z", "2026-11-24T10:00:00Z"


def row(name: str, metric: str = "handling", **data: Any) -> dict[str, Any]:
    """An event of sla-clock's."""
    return {"type": name, "data": {"metric": metric, **data}}


def test_a_clock_stands_as_it_was_said_last() -> None:
    rows = [
        row("ClockStarted", due_at=DUE),
        row("ClockPaused", because="waiting"),
        row("ClockResumed", due_at=LATER),
        row("ClockBreached", due_at=LATER),
    ]
    states = [(each.state, each.due_at) for n in range(1, 5) for each in said_clocks(rows[:n])]
    assert states == [("running", DUE), ("paused", None), ("running", LATER), ("breached", LATER)]


def test_a_promise_kept_late_stays_missed_and_says_when() -> None:
    rows = [row("ClockStarted", due_at=DUE), row("ClockBreached", due_at=DUE)]
    (clock,) = said_clocks([*rows, row("ClockMet", met_at=LATER, late=True)])
    assert (clock.state, clock.ended_at, clock.is_open) == ("breached", LATER, False)


def test_of_a_metric_that_starts_anew_the_newest_and_the_open_ones_are_shown_soonest_first() -> (
    None
):
    rows = [
        row("ClockStarted", "update", due_at=DUE),
        row("ClockMet", "update", met_at=DUE),
        row("ClockStarted", "update", cycle=2, due_at=LATER),
        row("ClockStarted", due_at=DUE),
        row("TicketOpened", "none"),
    ]
    assert said_clocks(rows) == [
        SaidClock(metric="handling", cycle=1, state="running", due_at=DUE),
        SaidClock(metric="update", cycle=2, state="running", due_at=LATER),
    ]


def test_a_clock_that_is_not_known_to_have_started_is_not_shown() -> None:
    assert said_clocks([row("ClockResumed", due_at=DUE)]) == []
