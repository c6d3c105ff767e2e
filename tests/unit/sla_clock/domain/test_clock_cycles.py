"""next_response and update: clocks that start again (semantics 9)."""

from datetime import datetime

from sla_clock.domain import facts as f
from sla_clock.domain.clock import Clock
from sla_clock.domain.target import Metric
from tests.support.clocks import at, fact, judged, opened, plan, target

RESPONSE = plan(target("first_response", "1h"))
HANDLING = plan(target("handling", "4h"))


def _says(clock: Clock) -> tuple[str, datetime | None]:
    return clock.state, clock.due_at


def _next(told: list[f.Fact], now: str) -> list[tuple[str, datetime | None]]:
    return [_says(clock) for clock in judged(told, plan(target("next_response", "2h")), now)]


def test_next_response_starts_at_the_oldest_unanswered_message() -> None:
    told = [
        opened(),
        fact(f.DeskAnswered, "10:30"),
        fact(f.RequesterWrote, "11:00"),
        fact(f.RequesterWrote, "11:30"),
    ]
    assert _next(told, "12:00") == [("met", at("12:00")), ("running", at("13:00"))]


def test_next_response_ends_with_closing_and_starts_again_with_the_requester() -> None:
    told: list[f.Fact] = [opened(), fact(f.Closed, "10:30"), fact(f.RequesterWrote, "11:00")]
    assert _next(told, "11:30") == [("cancelled", at("12:00"))]
    told.append(fact(f.Reopened, "12:00"))
    assert _next(told, "12:30")[1:] == [("running", at("14:00"))]
    told[-1:] = [fact(f.Resolved, "12:10"), fact(f.Reopened, "12:20", by_requester=False)]
    assert len(_next(told, "12:30")) == 1


def test_an_absorbed_ticket_hands_over_its_oldest_unanswered_message() -> None:
    told = [
        opened(),
        fact(f.DeskAnswered, "10:30"),
        fact(f.RequesterWrote, "11:00"),
        fact(f.Absorbed, "11:30", unanswered_since=at("10:45")),
        fact(f.Absorbed, "11:40"),
    ]
    assert _next(told, "12:00")[-1] == ("running", at("12:45"))


def _updates(told: list[f.Fact], now: str, *more: Metric) -> list[tuple[str, datetime | None]]:
    promised = plan(target("update", "4h"), *(target(metric, "2h") for metric in more))
    found = judged(told, promised, now)
    return [_says(clock) for clock in found if clock.cycle.metric == "update"]


def test_update_starts_again_with_every_piece_of_news() -> None:
    told = [opened(), fact(f.StatusLetterSent, "11:00"), fact(f.DeskAnswered, "12:00")]
    expected = [("met", at("14:00")), ("met", at("15:00")), ("running", at("16:00"))]
    assert _updates(told, "13:00") == expected


def test_silence_stays_silence_where_nothing_else_speaks_of_the_clients_message() -> None:
    told = [opened(), fact(f.DeskAnswered, "11:00"), fact(f.RequesterWrote, "12:00")]
    assert _updates(told, "13:00")[-1] == ("running", at("15:00"))
    assert _updates(told, "13:00", "next_response")[-1] == ("paused", None)


def test_a_letter_does_not_hide_an_unfinished_first_response() -> None:
    told = [opened(), fact(f.StatusLetterSent, "11:00")]
    found = judged(told, plan(target("first_response", "1h"), target("update", "4h")), "11:30")
    assert [clock.state for clock in found] == ["breached", "met", "running"]


def test_update_rests_while_the_ticket_is_ended() -> None:
    told: list[f.Fact] = [opened(), fact(f.Resolved, "11:00")]
    assert _updates(told, "20:00") == [("met", at("14:00"))]
    told.append(fact(f.Reopened, "20:00"))
    assert _updates(told, "21:00")[-1] == ("running", at("24 24:00"))
    told.append(fact(f.Closed, "22:00"))
    assert _updates(told, "23:00")[-1][0] == "cancelled"


def test_within_one_instant_the_order_told_says_who_spoke_last() -> None:
    begin = [opened(), fact(f.DeskAnswered, "10:30")]
    asked, answered = fact(f.RequesterWrote, "11:00"), fact(f.DeskAnswered, "11:00")
    assert _next([*begin, asked, answered], "12:00")[1:] == [("met", at("13:00"))]
    assert _next([*begin, answered, asked], "12:00")[1:] == [("running", at("13:00"))]


def test_a_message_in_the_instant_of_the_end_waits_for_the_reopening_or_ends_with_it() -> None:
    closed, wrote = fact(f.Closed, "10:30"), fact(f.RequesterWrote, "10:30")
    reopened = fact(f.Reopened, "11:00")
    assert _next([opened(), closed, wrote, reopened], "11:30")[1:] == [("running", at("13:00"))]
    assert _next([opened(), wrote, closed, reopened], "11:30")[1:] == []
    told = [opened(), closed, wrote, fact(f.DeskAnswered, "10:45"), reopened]
    assert _next(told, "11:30")[1:] == []


def test_what_was_asked_before_acceptance_is_owed_from_acceptance_on() -> None:
    accepted = plan(target("next_response", "2h"), starts="accepted")
    told: list[f.Fact] = [opened(), fact(f.DeskAnswered, "10:30")]
    end = fact(f.Accepted, "11:00")
    assert judged([*told, end], accepted, "11:30") == []
    told.append(fact(f.Absorbed, "10:40", unanswered_since=at("10:10")))
    assert [_says(one) for one in judged([*told, end], accepted, "11:30")] == [
        ("running", at("13:00"))
    ]
