"""Every time a clock's due time moved: from when to when, why, and by whom (issue 5, why)."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from reglament.events.registry import Actor
from sla_clock.domain.clock import Clock
from sla_clock.domain.reckoning import Halts, Window, due_of


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """At `at` the due time became `due_at` instead of `was`.

    cause: priority, category, service_level, contract, schedule, policy: a change; or what the
    clock stood still for until then: waiting, deferred, closed, next_response.
    """

    at: datetime
    cause: str
    was: datetime
    due_at: datetime
    by: Actor | None = None


def moves(clock: Clock, now: datetime) -> tuple[Move, ...]:
    """In order, up to the end of the clock or its breach: afterwards nothing moves it."""
    found: list[Move] = []
    end = clock.ended_at or now
    window, halts = clock.laid[0]
    if len(clock.laid) == 1 and not halts.spans:
        return ()
    known = _due(window, halts, window.since)
    for at, cause, by, due in _stations(clock, end):
        if at > end or (clock.breach is not None and known == clock.breach.at < at):
            break
        if due != known:
            found.append(Move(at=at, cause=cause, was=known, due_at=due, by=by))
        known = due
    return tuple(found)


def _stations(
    clock: Clock, end: datetime
) -> Iterator[tuple[datetime, str, Actor | None, datetime]]:
    """Where the due time may have become another one, with what it became there."""
    for index, (window, halts) in enumerate(clock.laid):
        if index > 0:
            due = _due(window, halts, window.since)
            # What a pause under way has added so far is the pause's doing, not the change's.
            if due != _due(*clock.laid[index - 1], window.since):
                yield window.since, window.cause or "", window.by, due
        is_last = index + 1 == len(clock.laid)
        until = end if is_last else clock.laid[index + 1][0].since
        for halt in halts.spans:
            if halt.until is not None and window.since < halt.until <= until:
                yield halt.until, halt.reason, halt.by, _due(window, halts, halt.until)


def _due(window: Window, halts: Halts, moment: datetime) -> datetime:
    """The due time as it looked at that moment: what stops it then is taken to end there."""
    due = due_of(window, halts.up_to(moment)).at
    if due is None:
        raise LookupError("what has ended stops nothing")
    return due
