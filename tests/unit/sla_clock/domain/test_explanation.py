"""The contract's answer about a ticket's clocks."""

from datetime import datetime

import msgspec

from reglament.calendars.reading import read_calendar
from reglament.policy.durations import Elapsed
from sla_clock.domain import facts as f
from sla_clock.domain.explanation import explain
from sla_clock.domain.target import Plan, Target
from tests.support.clocks import at, fact, opened, plan, target


def test_the_answer_has_the_contracts_fields() -> None:
    told = [opened(), fact(f.DeskAnswered, "11:30")]
    answer = explain(
        told, plan(target("first_response", "1h")), at("12:00"), lambda _m, _c: "weather"
    )
    written = msgspec.to_builtins(answer)
    assert written["policy_version"] == 1
    (first,) = written["targets"]
    assert (first["metric"], first["cycle"], first["state"]) == ("first_response", 1, "breached")
    assert (first["elapsed_seconds"], first["remaining_seconds"]) == (5400, -1800)
    assert (first["longest_seconds"], first["paused_seconds"]) == (5400, 0)
    assert first["breached_at"] == "2026-11-24T11:00:00Z"
    assert first["met_at"] == "2026-11-24T11:30:00Z"
    assert first["excused"] == "weather"
    assert list(written["segments"]) == [
        {
            "metric": "first_response",
            "cycle": 1,
            "from": "2026-11-24T10:00:00Z",
            "to": "2026-11-24T11:30:00Z",
            "counted": True,
            "reason": "working time",
            "code": "working time",
            "text": "Working time: it counts.",
            "by": None,
            "moved": None,
        }
    ]


def test_steps_and_an_agreed_date_are_told() -> None:
    told = [opened(), fact(f.ScheduleChanged, "10:30", due_at=at("14:00"))]
    (answer,) = explain(told, plan(target("handling", "1h", at_risk=(50,))), at("11:00")).targets
    assert (answer.agreed_at, answer.due_at) == (at("14:00"), at("14:00"))
    assert [(step.step, step.at, step.reached) for step in answer.steps] == [
        ("50", at("12:00"), False)
    ]


def test_a_paused_clock_has_no_due_time() -> None:
    told = [opened(), fact(f.InfoRequested, "11:00")]
    (answer,) = explain(told, plan(target("handling", "4h")), at("12:00")).targets
    assert (answer.state, answer.due_at, answer.paused_seconds) == ("paused", None, 3600)
    assert (answer.breached_at, answer.breach_cause, answer.excused) == (None, None, None)


def test_a_due_time_past_the_last_decreed_year_is_provisional() -> None:
    russian = read_calendar(
        {"time_zone": "Europe/Moscow", "hours": {"mon-fri": ["10:00-18:00"]}, "holidays": "RU"}
    )
    promised = Target(
        metric="handling",
        within=Elapsed(8 * 3600),
        within_text="8h",
        calendar=russian,
        calendar_name="office",
    )
    start = datetime.fromisoformat("2027-12-30T15:00+03:00")
    ticket = f.Opened(at=start, recorded_at=start, priority="normal")
    under = Plan(version=1, targets=(promised,), calendars={"office": russian})
    (answer,) = explain([ticket], under, start).targets
    assert answer.provisional
