"""The line of open time, as it grows."""

from datetime import UTC, date, datetime, timedelta

import pytest

from reglament.calendars.reading import read_calendar
from reglament.calendars.timetable import Timetable
from reglament.calendars.zones import micros

OFFICE = read_calendar({"time_zone": "Europe/Moscow", "hours": {"mon-fri": ["10:00-18:00"]}})
ALWAYS = read_calendar({"time_zone": "Europe/Berlin", "hours": "24x7"})
MONDAY = micros(datetime(2026, 11, 23, 12, tzinfo=UTC))
YEAR = micros(datetime(2027, 1, 1, tzinfo=UTC)) - micros(datetime(2026, 1, 1, tzinfo=UTC))


def test_what_was_said_stays_when_the_line_grows_both_ways() -> None:
    table = Timetable(OFFICE)
    position = table.position(MONDAY)
    for far in (MONDAY - 9 * YEAR, MONDAY + 12 * YEAR, MONDAY - 40 * YEAR):
        table.position(far)
        assert table.position(MONDAY) == position
        assert table.earliest(position) == MONDAY


def test_open_time_that_runs_over_the_new_year_is_one_span() -> None:
    table = Timetable(ALWAYS)
    table.position(MONDAY)
    table.position(MONDAY + YEAR)
    (span,) = table.open_between(MONDAY, MONDAY + YEAR)
    assert span == (MONDAY, MONDAY + YEAR)


def test_business_days_are_found_and_counted_beyond_what_is_laid_out() -> None:
    table = Timetable(OFFICE)
    day = date(2026, 11, 20)
    assert table.business_day(day, 1) == date(2026, 11, 23)
    assert table.business_day(date(2026, 11, 21), 0) == date(2026, 11, 23)
    far = table.business_day(day, 1000)
    assert table.business_day(far, -1000) == day
    assert table.business_days(day, far) == 1000


def test_no_due_time_lies_beyond_three_centuries() -> None:
    table = Timetable(read_calendar({"time_zone": "UTC", "hours": {"mon": ["09:00-10:00"]}}))
    position = table.position(MONDAY)
    with pytest.raises(ValueError, match="is outside 1900-2200"):
        table.earliest(position + timedelta(days=4000) // timedelta(microseconds=1))
