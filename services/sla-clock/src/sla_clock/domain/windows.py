"""Which promise held for a cycle, from when to when (semantics 11, 15)."""

from collections.abc import Iterator
from datetime import datetime

from sla_clock.domain.cycles import Cycle
from sla_clock.domain.reckoning import Window
from sla_clock.domain.story import Story
from sla_clock.domain.target import HANDLING


def windows_of(cycle: Cycle, told: Story) -> tuple[Window, ...]:
    """In order; the first begins with the cycle. Changes after its end do not touch it."""
    found: list[Window] = []
    for window in _all(cycle, told):
        if cycle.ended is not None and window.since > cycle.ended.at:
            continue
        if found and window.since <= found[-1].since:
            found.pop()
        if found and _promises_the_same(found[-1], window):
            continue
        found.append(window)
    return tuple(found)


def _all(cycle: Cycle, told: Story) -> Iterator[Window]:
    agreed: tuple[datetime, datetime] | None = None
    counts_from = cycle.started_at
    marks = [(change.at, 0, index) for index, change in enumerate(told.changes)]
    marks += [(at, 1, index) for index, (at, _) in enumerate(_schedules(cycle, told))]
    change = told.changes[0]
    for at, is_schedule, index in sorted(marks):
        since = max(at, cycle.started_at)
        if is_schedule:
            agreed = _schedules(cycle, told)[index]
        else:
            change = told.changes[index]
            counts_from = since if change.restart else counts_from
        is_first = since == cycle.started_at and not is_schedule
        yield Window(
            since=since,
            cause=None if is_first else ("schedule" if is_schedule else change.cause),
            target=change.promises.get(cycle.metric),
            priority=change.priority,
            counts_from=counts_from,
            agreed=agreed,
        )


def _schedules(cycle: Cycle, told: Story) -> list[tuple[datetime, datetime]]:
    """Agreed dates are about handling and resolution, and about the cycle under way."""
    if cycle.metric not in HANDLING:
        return []
    return [pair for pair in told.schedules if pair[0] >= cycle.started_at]


def _promises_the_same(one: Window, other: Window) -> bool:
    return (one.target, one.priority, one.counts_from, one.agreed) == (
        other.target,
        other.priority,
        other.counts_from,
        other.agreed,
    )
