"""A root a day."""

from datetime import UTC, datetime, timedelta, timezone

from reglament.root_keeping import is_due

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_the_first_root_is_due_at_once() -> None:
    assert is_due(None, NOON)


def test_a_root_is_due_once_a_day_by_utc_whatever_zone_says_so() -> None:
    assert not is_due(NOON - timedelta(hours=12), NOON)
    assert is_due(NOON - timedelta(hours=12, seconds=1), NOON)
    late_evening = datetime(2026, 11, 23, 1, tzinfo=timezone(timedelta(hours=3)))
    assert is_due(late_evening, NOON)
