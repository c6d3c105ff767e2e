"""The due time that holds, out of a history of four services."""

from datetime import UTC, datetime

from intake.office.schedule import standing_due


def row(kind: str, **data: str | None) -> dict[str, object]:
    return {"type": kind, "data": data}


FIRST, THEN = "2026-11-20T09:00:00Z", "2026-11-24T09:00:00Z"
STARTED = row("ClockStarted", metric="handling", due_at=FIRST)


def test_it_is_what_the_clock_of_the_answer_said_last() -> None:
    assert standing_due([STARTED]) == datetime(2026, 11, 20, 9, tzinfo=UTC)
    moved = row("ClockRescheduled", metric="handling", due_at=THEN)
    assert standing_due([STARTED, moved]) == datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_an_agreement_stands_until_a_clock_says_otherwise() -> None:
    agreed = row("ScheduleChanged", due_at=THEN)
    assert standing_due([STARTED, agreed]) == datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_other_clocks_and_those_that_stand_still_tell_none() -> None:
    response = row("ClockStarted", metric="first_response", due_at=THEN)
    paused = row("ClockPaused", metric="handling")
    unborn = row("ClockStarted", metric="resolution", due_at=None)
    assert standing_due([STARTED, response, paused, unborn]) == datetime(
        2026, 11, 20, 9, tzinfo=UTC
    )
    assert standing_due([response]) is None
