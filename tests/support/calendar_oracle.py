"""Working time counted tick by tick off the wall clock: slow, plain, and not by our arithmetic.

What a wall time means (semantics 4) is said in other words: the first instant at which the local
clock has got as far. That covers gaps and folds alike.
"""

import random
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

from reglament.calendars.calendar import Calendar
from reglament.calendars.reading import read_calendar
from reglament.calendars.zones import zone

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Zones with odd histories, and when: half-hour DST, skipped and doubled dates, seconds in offsets.
ODD: tuple[tuple[str, str], ...] = (
    ("Australia/Lord_Howe", "2024-04-06"),
    ("Australia/Lord_Howe", "2024-10-05"),
    ("Pacific/Kiritimati", "1994-12-31"),
    ("Pacific/Apia", "2011-12-30"),
    ("Pacific/Kwajalein", "1993-08-21"),
    ("Africa/Casablanca", "2024-03-10"),
    ("Africa/Casablanca", "2024-04-14"),
    ("Asia/Kathmandu", "1985-12-31"),
    ("Antarctica/Troll", "2024-03-31"),
    ("Antarctica/Troll", "2024-10-27"),
    ("Europe/Moscow", "2011-03-27"),
    ("Europe/Moscow", "2014-10-26"),
    ("America/St_Johns", "2006-10-29"),
    ("America/St_Johns", "1988-04-03"),
    ("Asia/Pyongyang", "2015-08-15"),
    ("Asia/Pyongyang", "2018-05-05"),
    ("Africa/Monrovia", "1972-01-07"),
    ("Europe/Amsterdam", "1937-05-22"),
    ("Europe/Dublin", "1971-10-31"),
    ("America/Sao_Paulo", "2015-10-18"),
    ("Asia/Tehran", "2015-09-21"),
    ("Asia/Gaza", "2011-08-01"),
    ("Africa/Cairo", "2010-08-11"),
    ("America/Caracas", "2007-12-09"),
    ("Asia/Kolkata", "2026-01-15"),
    ("Europe/London", "1941-05-04"),
    ("UTC", "2016-12-31"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A calendar and a window of ticks in which to hold it against the oracle."""

    calendar: Calendar
    begin: datetime
    tick: timedelta
    ticks: int


class Oracle:
    """Which ticks of the window are open, and sums of them."""

    def __init__(self, case: Case) -> None:
        """Read the wall clock at every tick, and before the window as far as a fold may reach."""
        tz = zone(case.calendar.zone)
        self._case = case
        self._lead = int(timedelta(hours=3) / case.tick)
        first = case.begin - self._lead * case.tick
        count = self._lead + case.ticks + 1
        walls = [_wall(first + n * case.tick, tz) for n in range(count)]
        reached = list(accumulate(walls, max))  # the clock's furthest so far: never falls back
        opened = [False] * count
        for day in _dates(walls):
            for opens, closes in _spans(case.calendar, day):
                midnight = day.toordinal() * 86_400
                start = bisect_left(reached, midnight + opens)
                for n in range(start, bisect_left(reached, midnight + closes)):
                    opened[n] = True
        self.is_open = opened[self._lead : -1]
        self.sums = list(accumulate(map(int, self.is_open), initial=0))

    def at(self, tick: int) -> datetime:
        """The instant of that tick."""
        return self._case.begin + tick * self._case.tick

    def between(self, start: int, end: int) -> timedelta:
        """Open time from tick to tick."""
        return (self.sums[end] - self.sums[start]) * self._case.tick

    def add(self, start: int, ticks: int) -> int | None:
        """The earliest tick at which so many open ones have passed; None: outside the window."""
        wanted = self.sums[start] + ticks
        found = bisect_left(self.sums, wanted)
        return found if found < len(self.sums) else None


def _wall(at: datetime, tz: ZoneInfo) -> int:
    local = at.astimezone(tz)
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    return local.toordinal() * 86_400 + seconds


def _dates(walls: list[int]) -> list[date]:
    first, last = min(walls) // 86_400 - 1, max(walls) // 86_400 + 1
    return [date.fromordinal(ordinal) for ordinal in range(first, last + 1)]


def _spans(calendar: Calendar, day: date) -> list[tuple[int, int]]:
    found = calendar.week[day.weekday()]
    if day in dict(calendar.holidays) or (day.month, day.day) in calendar.annual_holidays:
        found = ()
    found = dict(calendar.overrides).get(day, found)
    return [(span.opens, span.closes) for span in found]


def random_case(chosen: random.Random) -> Case:
    """A calendar in a zone with a past, and a window about one of its oddest days.

    By the second around the change where one draws so, or offsets have seconds; else by the minute.
    """
    name, day = chosen.choice(ODD)
    around = date.fromisoformat(day)
    by_second = chosen.random() < 0.15 or name in {"Africa/Monrovia", "Europe/Amsterdam"}
    begin = datetime(around.year, around.month, around.day, tzinfo=UTC)
    if by_second:
        begin += timedelta(seconds=chosen.randrange(-14 * 3600, 14 * 3600))
        tick, ticks = timedelta(seconds=1), 2 * 3600
    else:
        begin += timedelta(minutes=chosen.randrange(-40 * 60, 20 * 60))
        tick, ticks = timedelta(minutes=1), 3 * 1440
    calendar = read_calendar(_written(chosen, name, around, by_second=by_second))
    return Case(calendar=calendar, begin=begin, tick=tick, ticks=ticks)


def _written(chosen: random.Random, name: str, around: date, *, by_second: bool) -> dict[str, Any]:
    near = [str(around + timedelta(days=n)) for n in range(-3, 4)]
    week = {day: _day(chosen, by_second=by_second) for day in DAYS if chosen.random() < 0.85}
    return {
        "time_zone": name,
        "hours": week if any(week.values()) else "24x7",
        "holidays": [day for day in near if chosen.random() < 0.12],
        "annual_holidays": [day[5:] for day in near if chosen.random() < 0.05],
        "overrides": {
            day: _day(chosen, by_second=by_second) for day in near if chosen.random() < 0.15
        },
    }


def _day(chosen: random.Random, *, by_second: bool) -> list[tuple[str, str]]:
    """None to three spans; the last may run to 24:00 or into the next day."""
    unit = 1 if by_second and chosen.random() < 0.5 else 60
    edges = sorted(chosen.sample(range(0, 86_400, unit), 2 * chosen.randrange(4)))
    spans = [(_clock(a), _clock(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    if spans and chosen.random() < 0.4:
        limit = edges[0]
        late = chosen.choice(["24:00", _clock(chosen.randrange(0, limit + 1, unit))])
        spans[-1] = (spans[-1][0], late)
    return spans


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
