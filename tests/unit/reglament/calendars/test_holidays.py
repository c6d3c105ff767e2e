"""The frozen Russian production calendar, against its official sums."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from reglament.calendars import holidays
from reglament.calendars.holidays import regional_holidays

# Working hours of a 40-hour week by the official production calendars.
NORMS = {2018: 1970, 2019: 1970, 2021: 1972, 2022: 1973, 2023: 1973, 2024: 1979, 2025: 1972}


@pytest.mark.parametrize(("year", "norm"), NORMS.items())
def test_a_years_working_hours_are_the_official_ones(year: int, norm: int) -> None:
    russia = regional_holidays("RU")
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    hours = 0
    for day in (day for day in days if day.year == year):
        ordinary = day.weekday() < 5 and day not in russia.holidays
        if ordinary or day in russia.working_days:
            hours += 7 if day in russia.short_days else 8
    assert hours == norm


def test_a_working_saturday_is_as_short_as_the_eve_it_stands_in_for() -> None:
    short = regional_holidays("RU").short_days
    assert date(2024, 11, 2) in short
    assert date(2024, 4, 27) not in short


def test_every_holiday_has_a_name() -> None:
    assert regional_holidays("RU").name_of(date(2026, 11, 4)) == "Unity Day"
    assert regional_holidays("RU").name_of(date(2026, 11, 5)) is None
    assert regional_holidays("RU").name_of(date(2050, 11, 4)) == "Unity Day"


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(ValueError, match="holidays: 'XX' is none of RU"):
        regional_holidays("XX")


def test_data_that_was_edited_by_hand_is_refused() -> None:
    file = Path(holidays.__file__).parent / "data" / "ru.v1.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    data["short_days"].append("2026-01-12")
    with pytest.raises(ValueError, match="does not match its sha256"):
        holidays.read_data(data, file.name)
