"""When, by what and by whom the due time moved."""

from datetime import datetime

from reglament.events.registry import Actor
from sla_clock.domain import facts as f
from sla_clock.domain.moves import moves
from tests.support.clocks import at, fact, only, opened, plan, target

ANNA = Actor(kind="engineer", id="anna")
BY_PRIORITY = plan(target("handling", "4h"), target("handling", "2h", priority=("high",)))


def _told(told: list[f.Fact], now: str) -> list[tuple[datetime, str, datetime, datetime]]:
    clock = only(told, BY_PRIORITY, now)
    return [(m.at, m.cause, m.was, m.due_at) for m in moves(clock, at(now))]


def test_a_change_moves_it_from_the_old_due_time_to_the_new_one_and_names_its_author() -> None:
    told = [opened(), fact(f.PriorityChanged, "10:30", priority="high", actor=ANNA)]
    assert _told(told, "11:00") == [(at("10:30"), "priority", at("14:00"), at("12:00"))]
    (move,) = moves(only(told, BY_PRIORITY, "11:00"), at("11:00"))
    assert move.by == ANNA


def test_a_pause_moves_it_when_it_ends() -> None:
    told = [opened(), fact(f.InfoRequested, "10:10"), fact(f.RequesterWrote, "10:20")]
    assert _told(told, "10:15") == []
    assert _told(told, "11:00") == [(at("10:20"), "waiting", at("14:00"), at("14:10"))]


def test_a_change_during_a_pause_and_the_end_of_the_pause_are_two_moves() -> None:
    told = [
        opened(),
        fact(f.InfoRequested, "10:10"),
        fact(f.PriorityChanged, "10:20", priority="high"),
        fact(f.RequesterWrote, "10:40"),
    ]
    assert _told(told, "11:00") == [
        (at("10:20"), "priority", at("14:00"), at("12:10")),
        (at("10:40"), "waiting", at("12:10"), at("12:30")),
    ]


def test_an_agreed_date_moves_it_and_keeps_both_dates() -> None:
    told = [opened(), fact(f.ScheduleChanged, "10:30", due_at=at("26 12:00"))]
    assert _told(told, "11:00") == [(at("10:30"), "schedule", at("14:00"), at("26 12:00"))]


def test_a_change_that_causes_the_breach_is_told_and_nothing_after_it() -> None:
    told = [
        opened(),
        fact(f.PriorityChanged, "13:00", priority="high"),
        fact(f.InfoRequested, "13:10"),
        fact(f.RequesterWrote, "13:40"),
        fact(f.PriorityChanged, "13:50", priority="normal"),
    ]
    assert _told(told, "15:00") == [(at("13:00"), "priority", at("14:00"), at("12:00"))]


def test_an_ended_clock_is_moved_by_nothing() -> None:
    told = [opened(), fact(f.Resolved, "11:00"), fact(f.PriorityChanged, "11:30", priority="high")]
    assert _told(told, "12:00") == []


def test_the_closed_time_of_a_reopened_ticket_moves_it() -> None:
    told = [opened(), fact(f.Resolved, "11:00"), fact(f.Reopened, "12:00")]
    assert _told(told, "12:30") == [(at("12:00"), "closed", at("14:00"), at("15:00"))]
