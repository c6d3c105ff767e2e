"""Tickets told to clocks in a line each: times of day on Tuesday 2026-11-24 in UTC."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from reglament.calendars.calendar import Calendar
from reglament.calendars.reading import read_calendar
from reglament.policy.durations import parse_duration
from sla_clock.domain import facts as f
from sla_clock.domain.clock import Clock, clocks
from sla_clock.domain.target import Metric, Plan, Target

ALWAYS = read_calendar({"time_zone": "UTC", "hours": "24x7"})
OFFICE = read_calendar(
    {"time_zone": "UTC", "hours": {"mon-fri": ["10:00-18:00"]}, "holidays": ["2026-11-26"]}
)
CALENDARS = {"always": ALWAYS, "office": OFFICE}
Kind = TypeVar("Kind", bound=f.Fact)


def at(text: str) -> datetime:
    """`10:00` on the Tuesday, `25 10:00` on the 25th; seconds may follow."""
    day, _, time = text.rpartition(" ")
    hours, minutes, *seconds = (float(part) for part in time.split(":"))
    span = timedelta(hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)
    return datetime(2026, 11, int(day or 24), tzinfo=UTC) + span


def fact(kind: type[Kind], when: str, *, recorded: str | None = None, **particulars: Any) -> Kind:
    """A fact that was recorded when it happened, or later."""
    return kind(at=at(when), recorded_at=at(recorded or when), id=when, **particulars)


def opened(when: str = "10:00", *, priority: str = "normal", **particulars: Any) -> f.Opened:
    """The ticket's beginning."""
    return fact(f.Opened, when, priority=priority, **particulars)


def target(metric: Metric, within: str, calendar: str = "always", **particulars: Any) -> Target:
    """A promise; pauses by the metric's default."""
    pausing = {"waiting", "deferred"} if metric in {"handling", "resolution"} else ()
    defaults: dict[str, Any] = {"pauses": frozenset(pausing), "at_risk": ()}
    calendars: dict[str, Calendar] = CALENDARS
    return Target(
        metric=metric,
        within=parse_duration(within),
        within_text=within,
        calendar=calendars[calendar],
        calendar_name=calendar,
        **{**defaults, **particulars},
    )


def plan(*targets: Target, **particulars: Any) -> Plan:
    """A policy's part for the clocks."""
    return Plan(version=1, targets=targets, calendars=CALENDARS, **particulars)


def judged(told: list[f.Fact], under: Plan, now: str) -> list[Clock]:
    """Every clock as it is at `now`."""
    return list(clocks(told, under, at(now)))


def only(told: list[f.Fact], under: Plan, now: str) -> Clock:
    """The ticket's one clock."""
    (clock,) = judged(told, under, now)
    return clock


def says(clock: Clock) -> tuple[str, datetime | None]:
    """Its state, and when it is due."""
    return clock.state, clock.due_at
