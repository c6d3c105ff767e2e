"""Every stretch of a clock's time, and why it does not count."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings

from reglament.events.registry import Actor
from sla_clock.domain import facts as f
from sla_clock.domain.segments import Segment, segments
from tests.support.clocks import at, fact, judged, opened, plan, target
from tests.support.histories import EVERYTHING, histories

ANNA = Actor(kind="engineer", id="anna")
HANDLING = plan(target("handling", "4h"))
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


def test_who_asked_the_client_stands_with_the_pause() -> None:
    told = [opened(), fact(f.InfoRequested, "10:10", actor=ANNA), fact(f.RequesterWrote, "11:00")]
    parts = list(segments(judged(told, HANDLING, "12:00"), at("12:00")))
    assert [(part.code, part.by) for part in parts] == [
        ("working time", None),
        ("waiting", ANNA),
        ("working time", None),
    ]
    assert parts[2].moved is not None
    assert (parts[2].moved.was, parts[2].moved.due_at) == (at("14:00"), at("14:50"))


def test_a_segment_is_cut_where_a_change_moved_the_due_time() -> None:
    swapped = fact(f.TargetsSwapped, "11:00", targets=(target("handling", "8h"),))
    parts = list(segments(judged([opened(), swapped], HANDLING, "12:00"), at("12:00")))
    assert [(part.start, part.moved and part.moved.cause) for part in parts] == [
        (at("10:00"), None),
        (at("11:00"), "policy"),
    ]


def test_time_before_a_budget_that_began_anew_does_not_count() -> None:
    swapped = fact(f.TargetsSwapped, "11:00", targets=(target("handling", "1h"),), from_change=True)
    parts = list(segments(judged([opened(), swapped], HANDLING, "11:30"), at("11:30")))
    assert [(part.start, part.code) for part in parts] == [
        (at("10:00"), "restarted"),
        (at("11:00"), "working time"),
    ]


@settings(max_examples=150, deadline=None)
@given(histories())
def test_segments_account_for_every_second_and_their_sum_is_what_elapsed(
    told: list[f.Fact],
) -> None:
    now = at("52:00")
    found = list(judged(told, EVERYTHING, "52:00"))
    by_clock: dict[tuple[str, int], list[Segment]] = {}
    for part in segments(found, now):
        by_clock.setdefault((part.metric, part.cycle), []).append(part)
    for clock in found:
        parts = by_clock.get((clock.cycle.metric, clock.cycle.number), [])
        end = clock.ended_at or now
        edges = [clock.cycle.started_at, *(part.end for part in parts)]
        assert [part.start for part in parts] == edges[:-1]
        assert edges[-1] == end
        counted = sum((p.end - p.start for p in parts if p.counted), timedelta())
        assert counted == clock.elapsed
        told_moves = [part.moved for part in parts if part.moved is not None]
        if told_moves and clock.state == "running":
            assert told_moves[-1].due_at == clock.due_at
        for one, two in pairwise(told_moves):
            assert one.due_at == two.was
