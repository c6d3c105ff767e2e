"""Which promise held for a cycle, from when to when (semantics 11, 15)."""

from collections.abc import Iterator

from sla_clock.domain.changes import Change
from sla_clock.domain.cycles import Cycle
from sla_clock.domain.reckoning import Window
from sla_clock.domain.story import Agreed, Story
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
    agreed: Agreed | None = None
    counts_from = cycle.started_at
    change = told.changes[0]
    marks: list[Change | Agreed] = [*told.changes, *_schedules(cycle, told)]
    if len(marks) > 1:
        marks.sort(key=lambda mark: mark.at)
    for mark in marks:
        since = max(mark.at, cycle.started_at)
        if isinstance(mark, Agreed):
            agreed = mark
            cause: str | None = "schedule"
        else:
            change = mark
            cause = mark.cause if since > cycle.started_at else None
            counts_from = since if change.restart else counts_from
        yield Window(
            since=since,
            cause=cause,
            by=mark.by,
            target=change.promises.get(cycle.metric),
            priority=change.priority,
            counts_from=counts_from,
            agreed=agreed,
        )


def _schedules(cycle: Cycle, told: Story) -> list[Agreed]:
    """Agreed dates are about handling and resolution, and about the cycle under way."""
    if cycle.metric not in HANDLING:
        return []
    return [agreed for agreed in told.schedules if agreed.at >= cycle.started_at]


def _promises_the_same(one: Window, other: Window) -> bool:
    return (one.target, one.priority, one.counts_from, one.agreed) == (
        other.target,
        other.priority,
        other.counts_from,
        other.agreed,
    )
