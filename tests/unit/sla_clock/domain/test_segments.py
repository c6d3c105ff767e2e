"""Every stretch of a clock's time, and why it does not count."""

from datetime import timedelta

from sla_clock.domain import facts as f
from sla_clock.domain.segments import segments
from tests.support.clocks import at, fact, judged, opened, plan, target

OFFICE = plan(target("handling", "20h", "office"))


def _told(told: list[f.Fact], now: str) -> list[tuple[object, bool, str]]:
    return [(s.start, s.counted, s.reason) for s in segments(judged(told, OFFICE, now), at(now))]


def test_night_holiday_and_waiting_are_told_apart() -> None:
    told = [opened("17:00"), fact(f.InfoRequested, "25 11:00"), fact(f.RequesterWrote, "25 12:00")]
    assert _told(told, "27 11:00") == [
        (at("17:00"), True, "working time"),
        (at("18:00"), False, "night"),
        (at("25 10:00"), True, "working time"),
        (at("25 11:00"), False, "waiting"),
        (at("25 12:00"), True, "working time"),
        (at("25 18:00"), False, "night"),
        (at("26 00:00"), False, "holiday 2026-11-26"),
        (at("27 00:00"), False, "night"),
        (at("27 10:00"), True, "working time"),
    ]


def test_segments_end_with_the_clock_and_cover_it_without_gaps() -> None:
    told = [opened(), fact(f.Deferred, "11:00"), fact(f.Resolved, "25 11:00")]
    found = judged(told, OFFICE, "27 11:00")
    parts = list(segments(found, at("27 11:00")))
    assert parts[0].start == at("10:00")
    assert parts[-1].end == at("25 11:00")
    assert [part.end for part in parts[:-1]] == [part.start for part in parts[1:]]
    counted = sum((part.end - part.start for part in parts if part.counted), timedelta())
    assert counted == found[0].elapsed == timedelta(hours=1)


def test_the_closed_time_of_a_reopened_ticket_does_not_count() -> None:
    told = [opened(), fact(f.Resolved, "11:00"), fact(f.Reopened, "12:00")]
    assert [reason for _, _, reason in _told(told, "13:00")] == [
        "working time",
        "closed",
        "working time",
    ]


def test_waiting_that_came_after_the_end_is_no_segment() -> None:
    told = [opened(), fact(f.Resolved, "11:00"), fact(f.InfoRequested, "12:00")]
    assert [reason for _, _, reason in _told(told, "13:00")] == ["working time"]
