"""A calendar out of its written form: a policy's, or a calculation's (contract)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from reglament.calendars.calendar import Calendar
from reglament.calendars.holidays import newest_edition
from reglament.calendars.spans import read_day, read_week

KEYS = frozenset({"time_zone", "hours", "holidays", "annual_holidays", "overrides", "short_days"})


def read_calendar(
    written: Mapping[str, Any],
    *,
    time_zone: str | None = None,
    editions: Mapping[str, int] | None = None,
) -> Calendar:
    """The calendar that `written` describes; `time_zone` is the desk's, where it names none.

    Keys: time_zone, hours, holidays (a region, or dates), annual_holidays ("MM-DD"),
    overrides ({date: spans}), short_days. editions: region -> version of its holidays' data, the
    newest where it says nothing. ValueError names the key that is wrong or unknown.
    """
    unknown = sorted(set(written) - KEYS)
    if unknown:
        raise ValueError(f"{unknown[0]}: unknown key")
    name = written.get("time_zone") or time_zone
    if not isinstance(name, str):
        raise ValueError("time_zone: an IANA time zone is needed")  # noqa: TRY004
    if "hours" not in written:
        raise ValueError("hours: missing")
    region, own = _holidays(written.get("holidays") or ())
    return Calendar(
        zone=name,
        week=read_week(written["hours"]),
        region=region,
        edition=None if region is None else (editions or {}).get(region, newest_edition(region)),
        holidays=own,
        annual_holidays=_annual(written.get("annual_holidays") or ()),
        overrides=tuple(
            (_date(day, "overrides"), read_day(spans, f"overrides.{day}"))
            for day, spans in sorted(_dated(written.get("overrides") or {}), key=_by_text)
        ),
        short_days=_flag(written.get("short_days", False)),
    )


def _dated(written: object) -> Iterable[tuple[object, Any]]:
    if not isinstance(written, Mapping):
        raise ValueError("overrides: expected {date: spans}")  # noqa: TRY004 - a fault of the text
    return written.items()


def _by_text(item: tuple[object, object]) -> str:
    return str(item[0])


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("short_days: true or false")  # noqa: TRY004 - a fault of the text
    return value


def _holidays(written: object) -> tuple[str | None, tuple[tuple[date, str], ...]]:
    """One region at most, and the calendar's own dates."""
    entries = _listed([written] if isinstance(written, str) else written, "holidays")
    regions = [entry for entry in entries if isinstance(entry, str) and entry.isalpha()]
    if len(regions) > 1:
        raise ValueError("holidays: one region only")
    days = {_date(entry, "holidays") for entry in entries if entry not in regions}
    return (regions[0] if regions else None), tuple((day, "") for day in sorted(days))


def _annual(written: object) -> tuple[tuple[int, int], ...]:
    found = set()
    for entry in _listed(written, "annual_holidays"):
        month, dash, day = str(entry).partition("-")
        try:
            leap_day = date(2000, int(month), int(day)) if dash else None
        except ValueError:
            leap_day = None
        if leap_day is None:
            raise ValueError(f"annual_holidays: {entry!r} is no MM-DD")
        found.add((leap_day.month, leap_day.day))
    return tuple(sorted(found))


def _date(value: object, key: str) -> date:
    try:
        return value if type(value) is date else date.fromisoformat(str(value))
    except ValueError as fault:
        raise ValueError(f"{key}: {value!r} is no date") from fault


def _listed(value: object, key: str) -> Sequence[Any]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ValueError(f"{key}: expected a list")  # noqa: TRY004 - a fault of the text
    return list(value)
