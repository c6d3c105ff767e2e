"""At-risk steps and offsets of a clock: when each falls (semantics 17)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec

from reglament.calendars.working_time import add, add_business_days, shares
from reglament.policy.durations import BusinessDays, Duration, Elapsed, parse_duration
from sla_clock.domain.reckoning import Halts, Window, initial_due, on_the_way
from sla_clock.domain.target import Target


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """name: "75" (percent), "expect", or an offset as the policy writes it ("-8h").

    is_reached: by the moment of judging, and before the clock ended.
    """

    name: str
    at: datetime
    is_reached: bool


def steps_of(
    window: Window,
    halts: Halts,
    due: datetime | None,
    expected: datetime | None,
    end: datetime,
    *,
    is_ended: bool,
) -> tuple[Step, ...]:
    """Every step that has an instant, by instant. end: now, or when the clock ended.

    due, expected: the window's, as reckoned by then.

    A step that a change has overtaken falls at the change; where the change put the due time into
    the past, the breach says it all. What an ending leaves moot is gone.
    """
    found = []
    known = [*_before_due(window, halts), *_offsets_before(window, halts, due)]
    if expected is not None:
        known.append(("expect", expected))
    ahead = [(name, max(at, window.since)) for name, at in known]
    ahead = [(name, at) for name, at in ahead if due is None or at < due]
    for name, fires_at in (*ahead, *_offsets_after(window, due)):
        is_reached = fires_at < end if is_ended else fires_at <= end
        if is_reached or not is_ended:
            found.append(Step(name=name, at=fires_at, is_reached=is_reached))
    return tuple(sorted(found, key=lambda step: step.at))


def _before_due(window: Window, halts: Halts) -> Iterator[tuple[str, datetime]]:
    """Percentages of the budget in working time."""
    target = window.promised
    if target.at_risk:
        due, begin = initial_due(window), window.counts_from
        for percent, share in shares(target.calendar, begin, due, target.at_risk):
            at = on_the_way(share, window, halts).at
            if at is not None:
                yield str(percent), at


def _offsets_before(
    window: Window, halts: Halts, due: datetime | None
) -> Iterator[tuple[str, datetime]]:
    """Negative offsets: when only so much of the budget is left.

    Reckoned like a share of the budget, so that a later pause does not move one that has passed;
    where the due time is a closing time, from that.
    """
    target = window.promised
    for text, seconds in _elapsed(target, sign=-1):
        if not target.by_end_of_day:
            share = add(target.calendar, initial_due(window), timedelta(seconds=seconds))
            at = on_the_way(max(share, window.counts_from), window, halts).at
        else:
            at = None if due is None else add(target.calendar, due, timedelta(seconds=seconds))
        if at is not None:
            yield text, at


def _offsets_after(window: Window, due: datetime | None) -> Iterator[tuple[str, datetime]]:
    """Positive offsets, from the due time itself; one of nothing falls with it."""
    if due is None:
        return
    target = window.promised
    for text, seconds in _elapsed(target, sign=1):
        yield text, add(target.calendar, due, timedelta(seconds=seconds))
    for text, offset in _durations(target.offsets):
        match offset:
            case Elapsed(seconds=0) | BusinessDays(days=0):
                yield text, due
            case BusinessDays(days=days):
                yield text, add_business_days(target.calendar, due, days)


def _elapsed(target: Target, *, sign: int) -> Iterator[tuple[str, int]]:
    for text, offset in _durations(target.offsets):
        match offset:
            case Elapsed(seconds=seconds) if seconds * sign > 0:
                yield text, seconds


@lru_cache(maxsize=1024)
def _durations(offsets: tuple[str, ...]) -> tuple[tuple[str, Duration], ...]:
    return tuple((text, parse_duration(text)) for text in offsets)
