"""At-risk steps and offsets of a clock: when each falls (semantics 17)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from reglament.calendars.working_time import add, add_business_days, between
from reglament.policy.durations import BusinessDays, Elapsed, parse_duration
from sla_clock.domain.reckoning import Halts, Window, initial_due, postponed


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """name: "75" (percent), "expect", or an offset as the policy writes it ("-8h").

    is_reached: by the moment of judging, and before the clock ended.
    """

    name: str
    at: datetime
    is_reached: bool


def steps_of(
    window: Window, halts: Halts, due: datetime | None, end: datetime, *, is_ended: bool
) -> tuple[Step, ...]:
    """Every step that has an instant, by instant. end: now, or when the clock ended.

    A step that a change has overtaken falls at the change; where the change put the due time into
    the past, the breach says it all. What an ending leaves moot is gone.
    """
    found = []
    ahead = [(name, max(at, window.since)) for name, at in _before_due(window, halts)]
    ahead = [(name, at) for name, at in ahead if due is None or at < due]
    for name, fires_at in (*ahead, *_offsets(window, due)):
        is_reached = fires_at < end if is_ended else fires_at <= end
        if is_reached or not is_ended:
            found.append(Step(name=name, at=fires_at, is_reached=is_reached))
    return tuple(sorted(found, key=lambda step: step.at))


def _before_due(window: Window, halts: Halts) -> Iterator[tuple[str, datetime]]:
    """Percentages of the budget in working time, and the time by which it is expected."""
    target = window.promised
    due = initial_due(window)
    begin = window.counts_from
    budget = between(target.calendar, begin, due)
    for percent in target.at_risk:
        share = add(target.calendar, begin, budget * percent / 100)
        at = postponed(share, window, halts).at
        if at is not None:
            yield str(percent), at
    if target.expect is not None:
        at = postponed(initial_due(window, target.expect), window, halts).at
        if at is not None:
            yield "expect", at


def _offsets(window: Window, due: datetime | None) -> Iterator[tuple[str, datetime]]:
    if due is None:
        return
    calendar = window.promised.calendar
    for text in window.promised.offsets:
        offset = parse_duration(text)
        match offset:
            case BusinessDays(days=days):
                yield text, add_business_days(calendar, due, days)
            case Elapsed(seconds=seconds):
                yield text, add(calendar, due, timedelta(seconds=seconds))
