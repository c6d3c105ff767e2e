"""Worked cases that other projects' test suites fix, read from beside the repository."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from reglament.calendars.calendar import Calendar
from reglament.calendars.reading import read_calendar
from reglament.calendars.working_time import add, add_business_days, between
from tests.support.material import material

CASES: list[dict[str, Any]] = json.loads(material("cases", "calendar.json").read_text())


def _calendar(written: dict[str, Any]) -> Calendar:
    return read_calendar({"time_zone": written["tz"], **_without(written, "tz")})


def _without(written: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in written.items() if name != key}


def _answer(case: dict[str, Any]) -> datetime | float:
    calendar, start = _calendar(case["calendar"]), datetime.fromisoformat(case["start"])
    args = case["args"]
    match case["op"]:
        case "add_working_time":
            return add(calendar, start, timedelta(seconds=args["seconds"]))
        case "add_working_days":
            by_end = args.get("end_of_working_day", False)
            return add_business_days(calendar, start, args["days"], end_of_day=by_end)
        case _:
            end = datetime.fromisoformat(args["end"])
            return between(calendar, start, end).total_seconds()


@pytest.mark.parametrize("case", CASES, ids=[f"{c['id']} {c['note']}" for c in CASES])
def test_a_worked_case_comes_out_as_its_source_says(case: dict[str, Any]) -> None:
    expected = case["expected"]
    if isinstance(expected, str):
        expected = datetime.fromisoformat(expected)
    assert _answer(case) == expected


def test_there_are_cases() -> None:
    assert len(CASES) > 50
