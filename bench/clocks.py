"""Working time against `businesstimedelta`, and a clock folded from 50 events.

`make bench-clocks`: prints the figures and the ratios of one run, keeps them in .run/bench.json,
and ends with 1 where a floor of issue 5 is not reached.
"""

import random
import sys
from datetime import UTC, datetime, time, timedelta
from typing import Any

import businesstimedelta as btd
import pytz

from bench.rounds import Contestant, Measured, keep, measure, ratio, summary
from reglament.calendars.calendar import Calendar
from reglament.calendars.holidays import regional_holidays
from reglament.calendars.reading import read_calendar
from reglament.calendars.working_time import add, between
from reglament.policy.loader import validate
from sla_clock.domain import facts as f
from sla_clock.domain.clock import clocks
from sla_clock.domain.explanation import explain
from sla_clock.domain.planning import plan_of
from sla_clock.domain.target import Plan

ZONE = "Europe/Moscow"
FIRST, YEARS = datetime(2019, 1, 1, tzinfo=UTC), timedelta(days=5 * 365)
OURS, THEIRS = 20_000, 12
LEAST_RATIO, MOST_SECONDS, MILLION = 100.0, 3.0, 1_000_000
EVENTS = 50
OFFICE = {"time_zone": ZONE, "hours": {"mon-fri": ["10:00-18:00"]}, "holidays": "RU"}
POLICY: dict[str, Any] = {
    "desk": "bench",
    "name": "Bench",
    "time_zone": ZONE,
    "number": "B-{sequence}",
    "calendars": {
        "always": {"hours": "24x7"},
        "office": {k: OFFICE[k] for k in ("hours", "holidays")},
    },
    "channels": {"web": {"accept": "always"}},
    "priorities": {"default": "normal", "levels": ["high", "normal"]},
    "sla": {
        "targets": [
            {"metric": "first_response", "within": "1h", "calendar": "always"},
            {"metric": "next_response", "within": "4h", "calendar": "office"},
            {"metric": "update", "within": "16h", "calendar": "office"},
            {"metric": "work_started", "within": "2h", "calendar": "office"},
            {"metric": "handling", "within": "40h", "calendar": "office", "offsets": ["-8h"]},
            {"metric": "handling", "within": "16h", "calendar": "office", "priority": "high"},
        ]
    },
}


class TheirWeek:
    """The same office as their rules: weekdays less the holidays; of working weekends none."""

    def __init__(self, calendar: Calendar) -> None:
        days = regional_holidays(calendar.region or "")
        off = dict.fromkeys(days.holidays, "off")
        self.rules = btd.Rules(
            [
                btd.WorkDayRule(
                    start_time=time(10),
                    end_time=time(18),
                    working_days=[0, 1, 2, 3, 4],
                    tz=pytz.timezone(ZONE),
                ),
                btd.HolidayRule(off, tz=pytz.timezone(ZONE)),
            ]
        )

    def add(self, start: datetime, budget: timedelta) -> object:
        """The instant after so much working time."""
        return start + btd.BusinessTimeDelta(self.rules, timedelta=budget)

    def between(self, start: datetime, end: datetime) -> object:
        """Working time of a stretch."""
        return self.rules.difference(start, end)


def working_time() -> dict[str, Measured]:
    """Spans and budgets of up to five years, the same ones asked of both."""
    calendar = read_calendar(OFFICE)
    theirs = TheirWeek(calendar)
    chosen = random.Random(5)  # noqa: S311 - the same questions every time
    starts = [FIRST + YEARS * chosen.random() * 0.2 for _ in range(OURS)]
    ends = [start + YEARS * 0.8 for start in starts]
    budgets = [between(calendar, start, end) for start, end in zip(starts, ends, strict=True)]
    asked = list(zip(starts, ends, budgets, strict=True))
    few = asked[:THEIRS]
    return measure(
        Contestant(
            name="add", operations=OURS, run=lambda: [add(calendar, s, b) for s, _, b in asked]
        ),
        Contestant(
            name="add, businesstimedelta",
            operations=THEIRS,
            run=lambda: [theirs.add(s, b) for s, _, b in few],
        ),
        Contestant(
            name="between",
            operations=OURS,
            run=lambda: [between(calendar, s, e) for s, e, _ in asked],
        ),
        Contestant(
            name="between, businesstimedelta",
            operations=THEIRS,
            run=lambda: [theirs.between(s, e) for s, e, _ in few],
        ),
    )


def reach() -> dict[str, Measured]:
    """The same question a week and fifty years ahead: what the distance costs (O(log n))."""
    calendar = read_calendar(OFFICE)
    chosen = random.Random(6)  # noqa: S311 - the same questions every time
    starts = [FIRST + YEARS * chosen.random() for _ in range(OURS)]
    near, far = timedelta(hours=40), timedelta(hours=50 * 1970)
    return measure(
        Contestant(
            name="add, a week ahead",
            operations=OURS,
            run=lambda: [add(calendar, start, near) for start in starts],
        ),
        Contestant(
            name="add, fifty years ahead",
            operations=OURS,
            run=lambda: [add(calendar, start, far) for start in starts],
        ),
    )


def lived() -> tuple[f.Fact, ...]:
    """A ticket of 50 events over six weeks: messages, answers, waiting, priorities."""
    at = datetime(2026, 9, 1, 8, tzinfo=UTC)
    told: list[f.Fact] = [f.Opened(at=at, recorded_at=at, priority="normal")]
    kinds: list[type[f.Fact]] = [
        f.DeskAnswered, f.InfoRequested, f.RequesterWrote, f.Assigned, f.StatusLetterSent,
        f.RequesterWrote, f.DeskAnswered, f.Deferred, f.Resumed,
    ]  # fmt: skip
    while len(told) < EVENTS - 1:
        at += timedelta(hours=20, minutes=7)
        if len(told) % 10 == 0:
            priority = "high" if len(told) % 20 else "normal"
            told.append(f.PriorityChanged(at=at, recorded_at=at, priority=priority))
        else:
            told.append(kinds[len(told) % len(kinds)](at=at, recorded_at=at))
    told.append(f.Resolved(at=at + timedelta(hours=1), recorded_at=at + timedelta(hours=1)))
    return tuple(told)


def folded(plan: Plan) -> dict[str, Measured]:
    """All of the ticket's clocks from its 50 events; and with every second explained."""
    told = lived()
    now = told[-1].at + timedelta(hours=1)
    few = 40
    return measure(
        Contestant(
            name=f"clocks of {EVENTS} events",
            operations=few,
            run=lambda: [clocks(told, plan, now) for _ in range(few)],
        ),
        Contestant(
            name="the same, explained",
            operations=few,
            run=lambda: [explain(told, plan, now) for _ in range(few)],
        ),
    )


def main() -> int:
    """Print, keep, judge."""
    found = working_time()
    reached = reach()
    distance = ratio(reached["add, a week ahead"], reached["add, fifty years ahead"])
    clock = folded(plan_of(validate(POLICY), 1))
    ratios = {op: ratio(found[op], found[f"{op}, businesstimedelta"]) for op in ("add", "between")}
    million = {op: found[op].median * MILLION for op in ("add", "between")}
    sys.stdout.write(
        f"five years of office hours with holidays, rounds in turns\n{summary(found)}\n"
        + "".join(
            f"  {op}: {ratios[op]:,.0f} times businesstimedelta, "
            f"a million in {million[op]:.2f} s of one core\n"
            for op in ratios
        )
        + f"{summary(reached)}\n  fifty years cost {distance:.2f} times what a week costs\n"
        + f"{summary(clock)}\n"
    )
    keep(
        "clocks",
        {
            **found,
            **reached,
            **clock,
            "ratios": {**ratios, "distance": distance},
            "million_seconds": million,
        },
    )
    is_enough = min(ratios.values()) >= LEAST_RATIO and max(million.values()) < MOST_SECONDS
    return 0 if is_enough else 1


if __name__ == "__main__":
    raise SystemExit(main())
