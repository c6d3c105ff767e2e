"""Working time asked for by hand."""

from typing import Any

import pytest

from reglament.calendars.reading import read_calendar
from sla_clock.domain.calculations import calculate
from tests.support.clocks import OFFICE, at

START = "2026-11-24T17:00:00+00:00"


def test_each_operation_has_its_answer() -> None:
    operations: list[dict[str, Any]] = [
        {"op": "add", "start": START, "seconds": 7200},
        {"op": "add", "start": at("17:00"), "seconds": -0.5},
        {"op": "add_days", "start": START, "days": 2},
        {"op": "add_days", "start": START, "days": -1, "end_of_day": True},
        {"op": "between", "start": START, "end": "2026-11-25T11:00:00+00:00"},
    ]
    assert calculate(OFFICE, operations) == [
        {"end": at("25 11:00")},
        {"end": at("16:59:59.5")},
        {"end": at("27 17:00")},
        {"end": at("23 18:00")},
        {"seconds": 7200.0},
    ]


def test_an_answer_past_the_last_decreed_year_says_that_it_is_provisional() -> None:
    russian = read_calendar({"time_zone": "UTC", "hours": "24x7", "holidays": "RU"})
    (result,) = calculate(russian, [{"op": "add_days", "start": START, "days": 500}])
    assert result["provisional"] is True


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ({"op": "add", "start": "noon", "seconds": 1}, r"operations\[0\].start: 'noon' is no time"),
        ({"op": "add", "start": "2026-11-24T10:00", "seconds": 1}, "has no UTC offset"),
        ({"op": "add", "start": START, "seconds": "1"}, r"operations\[0\].seconds: a number"),
        ({"op": "add", "start": START, "seconds": float("nan")}, "seconds: a number"),
        ({"op": "add", "start": START, "seconds": 1e300}, "no due time lies there"),
        ({"op": "add", "start": START, "seconds": 6e9}, r"operations\[0\]: 22\d\d is outside"),
        ({"op": "add_days", "start": START, "days": 1.5}, "days: a whole number"),
        ({"op": "between", "start": START, "end": None}, "end: None is no time"),
        ({"op": "divide", "start": START}, "op: 'divide' is none of"),
    ],
)
def test_what_is_wrong_is_named(operation: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        calculate(OFFICE, [operation])
