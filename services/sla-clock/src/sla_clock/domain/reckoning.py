"""Due times: a promise's budget laid on its calendar, and moved by what stands still."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from reglament.calendars.calendar import Calendar
from reglament.calendars.working_time import add, add_business_days, between, closing
from reglament.calendars.zones import zone
from reglament.events.registry import Actor
from reglament.policy.durations import BusinessDays, Duration
from sla_clock.domain.cycles import Cycle
from sla_clock.domain.story import Agreed, Halt, Story
from sla_clock.domain.target import Target


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """From `since` on this promise holds. target None: none does.

    counts_from: where its budget begins. agreed: the due time agreed with the client, if one was.
    by: whose change it was.
    """

    since: datetime
    cause: str | None
    target: Target | None
    priority: str
    counts_from: datetime
    agreed: Agreed | None = None
    by: Actor | None = None

    @property
    def promised(self) -> Target:
        """The target of a window that has one."""
        if self.target is None:
            raise LookupError("nothing is promised here")
        return self.target


class Halts(msgspec.Struct, frozen=True, kw_only=True):
    """What stops a clock: in order, without overlaps."""

    spans: tuple[Halt, ...]

    def at(self, moment: datetime) -> Halt | None:
        """The halt in which the instant lies."""
        for halt in self.spans:
            if halt.since <= moment and (halt.until is None or moment < halt.until):
                return halt
        return None

    def up_to(self, moment: datetime) -> "Halts":
        """The same as they looked at that moment, with what was under way ended there."""
        return Halts(
            spans=tuple(
                halt
                if halt.until is not None and halt.until <= moment
                else replace(halt, until=moment)
                for halt in self.spans
                if halt.since < moment
            )
        )

    def last_end(self, moment: datetime) -> datetime | None:
        """When the clock went on last."""
        ends = [h.until for h in self.spans if h.until is not None and h.until <= moment]
        return max(ends, default=None)

    def paused(self, calendar: Calendar, start: datetime, end: datetime) -> timedelta:
        """Working time in [start, end) that does not count."""
        total = timedelta()
        for halt in self.spans:
            since, until = max(halt.since, start), min(halt.until or end, end)
            if since < until:
                total += between(calendar, since, until)
        return total

    def counted(self, calendar: Calendar, start: datetime, end: datetime) -> timedelta:
        """Working time in [start, end) that counts."""
        if end <= start:
            return timedelta()
        return between(calendar, start, end) - self.paused(calendar, start, end)


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """at: None while the clock stands still; then `frozen` is left, reckoned at `stopped_at`."""

    at: datetime | None
    left: timedelta = timedelta()

    def remaining(
        self, calendar: Calendar, breached_at: datetime | None, moment: datetime
    ) -> timedelta:
        """Working time left at `moment`, negative after a breach."""
        at = breached_at or self.at
        return self.left if at is None else between(calendar, moment, at)


def halts_of(cycle: Cycle, told: Story, target: Target) -> Halts:
    """The ticket's waiting and deferred that the target pauses on, and the cycle's own halts."""
    pausing = [halt for halt in told.halts if halt.reason in target.pauses]
    return Halts(spans=tuple(_disjoint([*cycle.halts, *pausing])))


def initial_due(window: Window, within: Duration | None = None) -> datetime:
    """The due time of the window's promise (or of another budget) without any pause."""
    target = window.promised
    if within is None and window.agreed is not None:
        return window.agreed.due_at
    budget = within or target.within
    if isinstance(budget, BusinessDays):
        return add_business_days(
            target.calendar, window.counts_from, budget.days, end_of_day=target.by_end_of_day
        )
    return add(target.calendar, window.counts_from, timedelta(seconds=budget.seconds))


def due_of(window: Window, halts: Halts) -> Due:
    """The promise's due time, or the one agreed instead: that one only later halts move.

    A moved one that is owed by the end of a day is owed by the end of the day it moved to.
    """
    initial = initial_due(window)
    due = on_the_way(initial, window, halts)
    return due if window.agreed is not None else _by_day(window, initial, due)


def expected_at(window: Window, halts: Halts) -> datetime | None:
    """When it is expected, as the policy writes it; None: it does not, or the clock stands."""
    expect = window.promised.expect
    if expect is None:
        return None
    initial = initial_due(window, expect)
    return _by_day(window, initial, _postponed(initial, window, halts)).at


def on_the_way(at: datetime, window: Window, halts: Halts) -> Due:
    """An instant between the start and the due time, moved by what stands still before it."""
    since = None if window.agreed is None else window.agreed.at
    return _postponed(at, window, halts, since=since)


def _postponed(
    due: datetime, window: Window, halts: Halts, *, since: datetime | None = None
) -> Due:
    """An instant of the budget moved by each halt that began before it; a later one moves nothing.

    since: halts count from here, not from where the budget begins.
    """
    calendar = window.promised.calendar
    begin = since or window.counts_from
    moved = due
    for halt in halts.spans:
        stopped = max(halt.since, begin)
        if stopped >= moved:
            break
        if halt.until is None:
            return Due(at=None, left=between(calendar, stopped, moved))
        if halt.until > stopped:
            moved = _moved(calendar, moved, between(calendar, stopped, halt.until))
    return Due(at=moved)


def _moved(calendar: Calendar, due: datetime, by: timedelta) -> datetime:
    return add(calendar, due, by) if by > timedelta() else due


def _by_day(window: Window, initial: datetime, due: Due) -> Due:
    if due.at in {None, initial} or not window.promised.by_end_of_day:
        return due
    return Due(at=_end_of_day(window.promised.calendar, due.at or initial))


def _end_of_day(calendar: Calendar, due: datetime) -> datetime:
    end = closing(calendar, due.astimezone(zone(calendar.zone)).date())
    return due if end is None or end < due else end


def _disjoint(halts: Iterable[Halt]) -> Iterable[Halt]:
    """In order; where two overlap, the earlier one's reason holds for what they share."""
    latest: datetime | None = None
    for halt in sorted(halts, key=lambda halt: halt.since):
        since = halt.since if latest is None else max(halt.since, latest)
        if halt.until is not None and halt.until <= since:
            continue
        yield replace(halt, since=since)
        if halt.until is None:
            return
        latest = halt.until
