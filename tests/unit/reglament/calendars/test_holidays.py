"""The frozen Russian production calendar, against its official sums."""

import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from reglament.calendars import holidays
from reglament.calendars.holidays import regional_holidays

# Working hours of a 40-hour week by the official production calendars.
NORMS = {
    2018: 1970,
    2019: 1970,
    2020: 1979,
    2021: 1972,
    2022: 1973,
    2023: 1973,
    2024: 1979,
    2025: 1972,
}


@pytest.mark.parametrize(("year", "norm"), NORMS.items())
def test_a_years_working_hours_are_the_official_ones(year: int, norm: int) -> None:
    russia = regional_holidays("RU")
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    hours = 0
    for day in (day for day in days if day.year == year):
        # The decrees of 2020 and 2021 left the norm as it was.
        is_off = day in russia.holidays and day not in russia.decreed_once
        ordinary = day.weekday() < 5 and not is_off
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


def test_a_holiday_is_named_in_the_readers_language() -> None:
    unity = date(2026, 11, 4)
    russia = regional_holidays("RU")
    assert russia.name_of(unity, "ru") == "День народного единства"
    assert russia.name_of(unity, "fr") == "Jour de l'unité nationale"
    assert russia.name_of(unity, "sv") == "Unity Day"
    assert russia.name_of(date(2026, 1, 9), "fr") == "Jour de repos (reporté du 03/01/2026)"


@pytest.mark.parametrize("region", sorted(holidays.editions()))
def test_every_holiday_of_every_region_is_named_in_all_languages(region: str) -> None:
    data = regional_holidays(region)
    for names in (*data.holidays.values(), *data.statutory.values()):
        assert all(names[locale] for locale in ("en", "ru", "fr"))


def test_days_off_that_were_decreed_once_are_closed_with_their_source() -> None:
    russia = regional_holidays("RU")
    assert date(2020, 4, 15) in russia.holidays
    assert "№ 239" in russia.decreed_once[date(2020, 4, 15)]
    assert date(2020, 5, 4) not in russia.decreed_once  # moved there by the year's decree
    assert {day.year for day in russia.decreed_once} == {2020, 2021}


@pytest.mark.parametrize(
    ("region", "off", "works"),
    [
        ("BY", date(2026, 4, 20), date(2026, 4, 25)),
        ("KZ", date(2025, 1, 3), date(2025, 1, 5)),
        ("DE", date(2026, 10, 3), None),
        ("FR", date(2026, 7, 14), None),
        ("GB", date(2026, 12, 28), None),
        ("US", date(2026, 11, 26), None),
    ],
)
def test_other_countries_have_their_days_off_and_working_weekends(
    region: str, off: date, works: date | None
) -> None:
    data = regional_holidays(region)
    assert off in data.holidays
    assert works is None or works in data.working_days


def test_the_frozen_data_is_what_the_script_makes_of_the_library() -> None:
    script = Path(__file__).parents[4] / "scripts" / "holidays.py"
    done = subprocess.run([sys.executable, script, "--check"], check=False, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(ValueError, match="holidays: 'XX' is none of BY, DE"):
        regional_holidays("XX")


def test_data_that_was_edited_by_hand_is_refused() -> None:
    file = Path(holidays.__file__).parent / "data" / "ru.v2.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    data["short_days"].append("2026-01-12")
    with pytest.raises(ValueError, match="does not match its sha256"):
        holidays.read_data(data, file.name)
