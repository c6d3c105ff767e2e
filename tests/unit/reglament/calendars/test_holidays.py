"""The frozen Russian production calendar, against its official sums."""

import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from reglament.calendars import holidays
from reglament.calendars.calendar import calendar_version, holidays_of
from reglament.calendars.holidays import regional_holidays
from reglament.calendars.reading import read_calendar
from reglament.calendars.working_time import between
from tests.support.holidays import release, shipped

DAY = timedelta(days=1)

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
    2026: 1972,
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


def test_a_calendar_goes_by_the_version_of_the_holidays_that_it_names(tmp_path: Path) -> None:
    day = datetime(2030, 3, 5, tzinfo=UTC)
    written = {"time_zone": "UTC", "hours": "24x7", "holidays": "GB"}
    with shipped(tmp_path):
        older = read_calendar(written)
        edition = release(tmp_path, "GB", day.date())
        newer, pinned = (read_calendar(written, editions=e) for e in ({}, {"GB": edition - 1}))
        assert pinned == older != newer
        assert (older.edition, newer.edition) == (edition - 1, edition)
        assert between(older, day, day + DAY) == DAY
        assert between(newer, day, day + DAY) == timedelta()
        assert holidays_of(newer) is regional_holidays("GB")
        assert calendar_version(older).split("+")[0] == calendar_version(newer).split("+")[0]
        assert f"GB.v{edition}." in calendar_version(newer)
        assert regional_holidays("GB", edition + 5) is regional_holidays("GB")
    assert holidays.newest_edition("GB") == edition - 1


def test_the_transfers_of_2027_are_the_governments() -> None:
    """Постановление Правительства РФ от 17.09.2026 N 1187."""
    russia = regional_holidays("RU")
    for day in (date(2027, 2, 22), date(2027, 11, 5), date(2027, 12, 31)):
        assert "substituted" in russia.holidays[day]["en"]
    assert {day for day in russia.working_days if day.year == 2027} == {date(2027, 2, 20)}
    assert date(2027, 2, 20) in russia.short_days
