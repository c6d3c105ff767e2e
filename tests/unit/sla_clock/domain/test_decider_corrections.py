"""Late news: what was said turns out wrong by time of happening (semantics 12)."""

from reglament.decider import fold
from reglament.events import sla
from sla_clock.domain import facts as f
from sla_clock.domain.decider import clock_decider
from tests.support.clocks import at, fact, opened, plan, target
from tests.support.deciding import HANDLING, RESPONSE, judge, looked, names


def test_an_answer_that_came_to_light_late_corrects_the_breach() -> None:
    told = [opened(), fact(f.DeskAnswered, "10:50", recorded="12:00")]
    history = looked(told, RESPONSE, "10:00", "11:00", "12:00")
    assert names(history)[2:] == ["ClockBreached", "ClockCorrected", "ClockMet"]
    corrected = history[-2]
    assert isinstance(corrected, sla.ClockCorrected)
    assert (corrected.was, corrected.state, corrected.because) == ("breached", "met", "e1")
    assert (corrected.at, corrected.effective_at) == (at("12:00"), at("10:50"))


def test_a_pause_that_came_to_light_late_corrects_the_breach_and_goes_on() -> None:
    told = [
        opened(),
        fact(f.InfoRequested, "13:00", recorded="15:00"),
        fact(f.RequesterWrote, "14:30", recorded="15:00"),
    ]
    history = looked(told, HANDLING, "10:00", "14:00", "15:00", "15:20")
    assert names(history)[1:] == ["ClockBreached", "ClockCorrected", "ClockRescheduled"]
    assert isinstance(history[2], sla.ClockCorrected)
    assert history[2].state == "running"
    assert fold(clock_decider(HANDLING), history).clocks["handling", 1].state == "running"


def test_a_due_time_that_moves_by_late_news_but_is_still_past_is_corrected() -> None:
    told = [
        opened(),
        fact(f.InfoRequested, "13:00", recorded="15:00"),
        fact(f.RequesterWrote, "13:30", recorded="15:00"),
    ]
    history = looked(told, HANDLING, "10:00", "14:00", "15:00")
    assert isinstance(history[-1], sla.ClockCorrected)
    assert (history[-1].state, history[-1].effective_at) == ("breached", at("14:30"))


def test_an_earlier_answer_that_came_to_light_late_corrects_when_it_was_met() -> None:
    told = [
        opened(),
        fact(f.DeskAnswered, "10:40"),
        fact(f.DeskAnswered, "10:20", recorded="12:00"),
    ]
    history = looked(told, RESPONSE, "10:00", "10:40", "12:00")
    corrected = history[-1]
    assert isinstance(corrected, sla.ClockCorrected)
    assert (corrected.was, corrected.state, corrected.effective_at) == ("met", "met", at("10:20"))
    assert judge(told, RESPONSE, "12:10", history) == []


def test_a_refusal_that_came_to_light_late_takes_back_what_was_met() -> None:
    told = [
        opened(),
        fact(f.Resolved, "11:00"),
        fact(f.Refused, "10:30", recorded="12:00"),
    ]
    history = looked(told, HANDLING, "10:00", "11:00", "12:00")
    assert isinstance(history[-1], sla.ClockCorrected)
    assert (history[-1].was, history[-1].state) == ("met", "cancelled")
    assert judge(told, HANDLING, "12:10", history) == []


def test_an_exchange_that_late_news_dissolves_is_withdrawn() -> None:
    exchanges = plan(target("next_response", "2h"))
    told = [
        opened(),
        fact(f.DeskAnswered, "10:10"),
        fact(f.RequesterWrote, "10:30"),
        fact(f.Closed, "10:20", recorded="11:00"),
    ]
    history = looked(told, exchanges, "10:00", "10:30", "11:00")
    assert isinstance(history[-1], sla.ClockCorrected)
    assert (history[-1].cycle, history[-1].state) == (2, "cancelled")
    assert judge(told, exchanges, "11:10", history) == []
