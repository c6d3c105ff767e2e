"""The stories of docs/sla.md: an office in Moscow, Monday to Friday 10:00-18:00, holidays RU."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from reglament.calendars.reading import read_calendar
from reglament.policy.durations import parse_duration
from sla_clock.domain import facts as f
from sla_clock.domain.target import Metric, Plan, Target

ZONE = ZoneInfo("Europe/Moscow")
CALENDARS = {
    "always": read_calendar({"time_zone": "Europe/Moscow", "hours": "24x7"}),
    "office": read_calendar(
        {"time_zone": "Europe/Moscow", "hours": {"mon-fri": ["10:00-18:00"]}, "holidays": "RU"}
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What happened to a ticket, under which promises, and what of it is drawn. now: its end."""

    name: str
    title: str
    plan: Plan
    facts: tuple[f.Fact, ...]
    labels: tuple[tuple[datetime, str], ...]
    now: datetime
    shown: frozenset[str] = field(default_factory=frozenset)


def _at(text: str) -> datetime:
    """`23 12:00`: of November 2026, by the wall clock of Moscow."""
    day, time = text.split()
    hour, minute = time.split(":")
    return datetime(2026, 11, int(day), int(hour), int(minute), tzinfo=ZONE)


def _target(metric: Metric, within: str, calendar: str = "office", **more: Any) -> Target:
    pausing = ("waiting", "deferred") if metric in {"handling", "resolution"} else ()
    plain: Mapping[str, Any] = {"pauses": frozenset(pausing), "at_risk": ()}
    return Target(
        metric=metric,
        within=parse_duration(within),
        within_text=within,
        calendar=CALENDARS[calendar],
        calendar_name=calendar,
        **{**plain, **more},
    )


_Event = tuple[str, str, type[f.Fact], Mapping[str, Any]]


def _story(
    name: str, title: str, now: str, targets: tuple[Target, ...], *events: _Event, **more: Any
) -> Story:
    plan = Plan(version=1, targets=targets, calendars=CALENDARS, **more)
    return Story(
        name=name,
        title=title,
        plan=plan,
        facts=tuple(
            kind(at=_at(when), recorded_at=_at(when), **said) for when, _, kind, said in events
        ),
        labels=tuple((_at(when), label) for when, label, _, _ in events),
        now=_at(now),
        shown=frozenset(target.metric for target in targets),
    )


def _opened(when: str, label: str = "opened") -> _Event:
    return when, label, f.Opened, {"priority": "normal"}


def _happened(when: str, label: str, kind: type[f.Fact], **said: Any) -> _Event:
    return when, label, kind, said


HANDLING = _target("handling", "8h")
REOPENED: tuple[_Event, ...] = (
    _opened("23 10:00"),
    _happened("23 14:00", "resolved", f.Resolved),
    _happened("24 12:00", "reopened", f.Reopened, by_requester=True),
)
STORIES = (
    _story(
        "working-time",
        "Eight working hours from three in the afternoon",
        "24 16:00",
        (HANDLING,),
        _opened("23 15:00"),
    ),
    _story(
        "closing",
        "A budget that ends at closing time is due at closing",
        "23 18:00",
        (HANDLING,),
        _opened("23 10:00"),
    ),
    _story(
        "holiday",
        "Unity Day stands between",
        "5 17:00",
        (_target("handling", "16h"),),
        _opened("3 11:00"),
    ),
    _story(
        "business-days",
        "Two business days, by the end of the day",
        "25 12:00",
        (_target("handling", "2 business days", by_end_of_day=True),),
        _opened("23 15:00"),
    ),
    _story(
        "pause",
        "Waiting for the client moves the due time of handling, not of the response",
        "24 13:00",
        (_target("first_response", "4h"), HANDLING),
        _opened("23 10:00"),
        _happened("23 12:00", "asked the client", f.InfoRequested),
        _happened("23 15:00", "client answers", f.RequesterWrote),
    ),
    _story(
        "pause-at-night",
        "A pause in closed hours costs nothing",
        "24 12:00",
        (HANDLING,),
        _opened("23 15:00"),
        _happened("23 19:00", "asked the client", f.InfoRequested),
        _happened("24 09:00", "client answers", f.RequesterWrote),
    ),
    _story(
        "priority",
        "Another priority counts anew from the start and keeps the pause",
        "23 14:00",
        (HANDLING, _target("handling", "4h", priority=("high",))),
        _opened("23 10:00"),
        _happened("23 11:00", "asked", f.InfoRequested),
        _happened("23 12:00", "answered", f.RequesterWrote),
        _happened("23 13:00", "priority high", f.PriorityChanged, priority="high"),
    ),
    _story(
        "priority-too-late",
        "A change may put the due time into the past: the breach says so",
        "23 17:00",
        (HANDLING, _target("handling", "4h", priority=("high",))),
        _opened("23 10:00"),
        _happened("23 16:00", "priority high", f.PriorityChanged, priority="high"),
    ),
    _story(
        "breach",
        "A breach is dated at the due time and stays, whatever comes later",
        "23 15:00",
        (_target("first_response", "2h"),),
        _opened("23 10:00"),
        _happened("23 13:30", "first answer", f.DeskAnswered),
    ),
    _story(
        "agreed",
        "A date agreed with the client",
        "24 12:00",
        (HANDLING,),
        _opened("23 10:00"),
        _happened(
            "23 14:00", "agreed on Wednesday 15:00", f.ScheduleChanged, due_at=_at("25 15:00")
        ),
    ),
    _story("reopen-continue", "Reopened: the clock goes on", "24 14:00", (HANDLING,), *REOPENED),
    _story(
        "reopen-restart",
        "Reopened: a new cycle",
        "24 14:00",
        (HANDLING,),
        *REOPENED,
        on_reopen="restart",
    ),
    _story(
        "conversation",
        "The next response, and news for the client",
        "23 17:00",
        (_target("next_response", "3h"), _target("update", "4h")),
        _opened("23 10:00"),
        _happened("23 11:00", "answer", f.DeskAnswered),
        _happened("23 13:00", "client writes", f.RequesterWrote),
        _happened("23 13:45", "writes again", f.RequesterWrote),
        _happened("23 15:00", "answer", f.DeskAnswered),
    ),
    _story(
        "merged",
        "A ticket is merged into this one with a message unanswered since eleven",
        "23 14:00",
        (_target("next_response", "4h"),),
        _opened("23 10:00"),
        _happened("23 10:30", "answer", f.DeskAnswered),
        _happened("23 13:00", "absorbs a ticket", f.Absorbed, unanswered_since=_at("23 11:00")),
    ),
)
