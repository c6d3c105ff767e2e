"""Working time asked for by hand: one calendar, many operations (contract, calculations)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import isnan
from typing import Any

from reglament.calendars.calendar import Calendar
from reglament.calendars.working_time import add, add_business_days, between, is_provisional


def calculate(
    calendar: Calendar, operations: Sequence[Mapping[str, Any]]
) -> list[dict[str, object]]:
    """One result an operation: {end} or {seconds}; `provisional` where a year is not decreed.

    ValueError names the operation (by its index) and the key that is wrong.
    """
    return [_one(calendar, operation, index) for index, operation in enumerate(operations)]


def _one(calendar: Calendar, operation: Mapping[str, Any], index: int) -> dict[str, object]:
    key = f"operations[{index}]"
    start = _instant(operation, "start", key)
    try:
        result, end = _result(calendar, operation, start, key)
    except OverflowError as fault:
        raise ValueError(f"{key}: no due time lies there") from fault
    except ValueError as fault:
        said = str(fault)
        raise ValueError(said if said.startswith(key) else f"{key}: {said}") from fault
    flags = {"provisional": True} if is_provisional(calendar, start, end) else {}
    return {**result, **flags}


def _result(
    calendar: Calendar, operation: Mapping[str, Any], start: datetime, key: str
) -> tuple[dict[str, object], datetime]:
    match operation.get("op"):
        case "add":
            budget = timedelta(seconds=_number(operation, "seconds", key))
            end = add(calendar, start, budget)
        case "add_days":
            days = _number(operation, "days", key)
            if days != int(days):
                raise ValueError(f"{key}.days: a whole number is needed")
            by_end = operation.get("end_of_day") is True
            end = add_business_days(calendar, start, int(days), end_of_day=by_end)
        case "between":
            end = _instant(operation, "end", key)
            return {"seconds": between(calendar, start, end).total_seconds()}, end
        case other:
            raise ValueError(f"{key}.op: {other!r} is none of add, add_days, between")
    return {"end": end}, end


def _instant(operation: Mapping[str, Any], name: str, key: str) -> datetime:
    value = operation.get(name)
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError as fault:
        raise ValueError(f"{key}.{name}: {value!r} is no time") from fault
    if at.tzinfo is None:
        raise ValueError(f"{key}.{name}: {value!r} has no UTC offset")
    return at


def _number(operation: Mapping[str, Any], name: str, key: str) -> float:
    value = operation.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or isnan(value):
        raise ValueError(f"{key}.{name}: a number is needed")
    return value
