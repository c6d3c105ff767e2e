"""Opening hours as written in a policy or in a calculation, read into spans of a day."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from reglament.calendars.zones import DAY_SECONDS

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """[opens, closes) in wall-clock seconds from midnight of the day it opens.

    closes > 86400: overnight, it belongs to the day it opens (semantics 4).
    """

    opens: int
    closes: int


Day = tuple[Span, ...]
Week = tuple[Day, ...]
ALL_DAY: Day = (Span(0, DAY_SECONDS),)


def read_week(hours: object, key: str = "hours") -> Week:
    """Weekly hours: `24x7`, `{mon-fri: ["10:00-18:00"]}` or `{mon: [["09:00", "18:00"]]}`.

    Out: seven days, Monday first. ValueError names the key that is wrong.
    """
    if hours == "24x7":
        return (ALL_DAY,) * 7
    if not isinstance(hours, Mapping):
        raise ValueError(f"{key}: expected 24x7 or a mapping of days to spans")  # noqa: TRY004
    week: dict[int, Day] = {}
    for days, spans in hours.items():
        for index in _day_indexes(str(days), key):
            if index in week:
                raise ValueError(f"{key}.{days}: {DAYS[index]} is given twice")
            week[index] = read_day(spans, f"{key}.{days}")
    return tuple(week.get(index, ()) for index in range(7))


def read_day(spans: object, key: str) -> Day:
    """A day's spans in order. ValueError where they are malformed or overlap."""
    if isinstance(spans, str) or not isinstance(spans, Sequence):
        raise ValueError(f'{key}: expected a list of spans like "10:00-18:00"')  # noqa: TRY004
    read = tuple(sorted(_span(span, f"{key}[{index}]") for index, span in enumerate(spans)))
    for earlier, later in pairwise(read):
        if later.opens < earlier.closes:
            raise ValueError(f"{key}: spans overlap at {_shown(later.opens)}")
    return read


def _day_indexes(days: str, key: str) -> list[int]:
    first, dash, last = days.lower().partition("-")
    for name in (first, last if dash else first):
        if name not in DAYS:
            raise ValueError(f"{key}.{days}: {name!r} is none of {', '.join(DAYS)}")
    start, end = DAYS.index(first), DAYS.index(last if dash else first)
    return [(start + step) % 7 for step in range((end - start) % 7 + 1)]


def _span(value: object, key: str) -> Span:
    ends = value.split("-") if isinstance(value, str) else value
    if not isinstance(ends, Sequence) or len(ends) != 2:
        raise ValueError(f'{key}: expected "HH:MM-HH:MM" or ["HH:MM", "HH:MM"]')
    opens, closes = (_seconds(str(end).strip(), key) for end in ends)
    if opens == DAY_SECONDS:
        raise ValueError(f"{key}: 24:00 closes a day, it cannot open one")
    return Span(opens, closes if closes > opens else closes + DAY_SECONDS)


def _seconds(text: str, key: str) -> int:
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{key}: {text!r} is no time of day")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    total = hours * 3600 + minutes * 60 + seconds
    if total > DAY_SECONDS:
        raise ValueError(f"{key}: {text!r} is later than 24:00")
    return total


def _shown(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"
