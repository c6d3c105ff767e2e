"""Calendars as people write them, and what is refused."""

from datetime import date
from typing import Any

import pytest

from reglament.calendars.calendar import calendar_version, decreed_until
from reglament.calendars.reading import read_calendar
from reglament.calendars.spans import ALL_DAY, Span

HOURS: dict[str, Any] = {"mon-fri": ["10:00-18:00"]}


def test_hours_are_read_in_the_policys_form_and_in_pairs() -> None:
    policy = read_calendar(
        {"time_zone": "UTC", "hours": {"mon-tue": ["09:00-12:00", "13:00-18:00"]}}
    )
    pairs = [["09:00", "12:00"], ["13:00", "18:00"]]
    assert policy == read_calendar({"time_zone": "UTC", "hours": {"mon": pairs, "tue": pairs}})


def test_round_the_clock_is_seven_whole_days() -> None:
    assert read_calendar({"time_zone": "UTC", "hours": "24x7"}).week == (ALL_DAY,) * 7


def test_an_overnight_span_belongs_to_the_day_it_opens() -> None:
    calendar = read_calendar({"hours": {"fri": ["22:00-06:00"]}}, time_zone="UTC")
    assert calendar.week[4] == (Span(22 * 3600, 30 * 3600),)
    assert calendar.week[5] == ()


def test_days_may_run_over_the_weeks_end() -> None:
    calendar = read_calendar({"time_zone": "UTC", "hours": {"sat-mon": ["09:00-10:00"]}})
    assert [bool(day) for day in calendar.week] == [True, False, False, False, False, True, True]


def test_a_region_and_own_dates_go_together() -> None:
    calendar = read_calendar(
        {"time_zone": "UTC", "hours": HOURS, "holidays": ["RU", "2026-09-01", date(2026, 9, 2)]}
    )
    assert calendar.region == "RU"
    assert [day for day, _ in calendar.holidays] == [date(2026, 9, 1), date(2026, 9, 2)]


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ({"hours": HOURS}, "time_zone: an IANA"),
        ({"time_zone": "Mars/Base", "hours": HOURS}, "time_zone: 'Mars/Base'"),
        ({"time_zone": "../UTC", "hours": HOURS}, "time_zone: "),
        ({"time_zone": "UTC"}, "hours: missing"),
        ({"time_zone": "UTC", "hours": "9-5"}, "hours: expected"),
        ({"time_zone": "UTC", "hours": {}}, "hours: the calendar never opens"),
        ({"time_zone": "UTC", "hours": {"mon": []}}, "hours: the calendar never opens"),
        ({"time_zone": "UTC", "hours": {"monday": ["09:00-10:00"]}}, "hours.monday: 'monday'"),
        ({"time_zone": "UTC", "hours": {"mon": "09:00-10:00"}}, "hours.mon: expected a list"),
        ({"time_zone": "UTC", "hours": {"mon": ["9"]}}, r"hours.mon\[0\]: expected"),
        ({"time_zone": "UTC", "hours": {"mon": ["9-10"]}}, r"hours.mon\[0\]: '9' is no time"),
        ({"time_zone": "UTC", "hours": {"mon": ["09:00-25:00"]}}, "later than 24:00"),
        ({"time_zone": "UTC", "hours": {"mon": ["24:00-09:00"]}}, "24:00 closes a day"),
        (
            {"time_zone": "UTC", "hours": {"mon": ["09:00-12:00", "11:00-13:00"]}},
            "overlap at 11:00",
        ),
        ({"time_zone": "UTC", "hours": {"mon": [], "mon-tue": []}}, "hours.mon-tue: mon is given"),
        ({"time_zone": "UTC", "hours": HOURS, "holidays": "XX"}, "holidays: 'XX'"),
        ({"time_zone": "UTC", "hours": HOURS, "holidays": ["RU", "DE"]}, "holidays: one region"),
        (
            {"time_zone": "UTC", "hours": HOURS, "holidays": ["2026-13-01"]},
            "holidays: '2026-13-01'",
        ),
        ({"time_zone": "UTC", "hours": HOURS, "annual_holidays": ["13-01"]}, "annual_holidays: "),
        (
            {"time_zone": "UTC", "hours": HOURS, "annual_holidays": ["may"]},
            "annual_holidays: 'may'",
        ),
        ({"time_zone": "UTC", "hours": HOURS, "annual_holidays": "01-01"}, "expected a list"),
        ({"time_zone": "UTC", "hours": HOURS, "overrides": {"x": []}}, "overrides: 'x'"),
        ({"time_zone": "UTC", "hours": HOURS, "short_days": 1}, "short_days: "),
        ({"time_zone": "UTC", "hours": HOURS, "colour": "red"}, "colour: unknown key"),
    ],
)
def test_a_wrong_calendar_is_refused_with_the_key_that_is_wrong(
    written: dict[str, Any], key: str
) -> None:
    with pytest.raises(ValueError, match=key):
        read_calendar(written)


def test_a_calendar_whose_every_date_is_a_holiday_never_opens() -> None:
    every_day = [f"{m:02d}-{d:02d}" for m in range(1, 13) for d in range(1, 32) if _exists(m, d)]
    with pytest.raises(ValueError, match="annual_holidays: the calendar never opens"):
        read_calendar({"time_zone": "UTC", "hours": HOURS, "annual_holidays": every_day})


def _exists(month: int, day: int) -> bool:
    return day <= 29 or (month != 2 and (day == 30 or month in {1, 3, 5, 7, 8, 10, 12}))


def test_the_version_names_definition_holidays_and_zone_data() -> None:
    plain = read_calendar({"time_zone": "UTC", "hours": HOURS})
    russian = read_calendar({"time_zone": "UTC", "hours": HOURS, "holidays": "RU"})
    assert calendar_version(plain) != calendar_version(russian)
    assert "RU.v2" in calendar_version(russian)
    assert "+tz" in calendar_version(plain)
    assert decreed_until(russian) == date(2027, 12, 31)
    assert decreed_until(plain) is None
