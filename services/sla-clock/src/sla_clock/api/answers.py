"""Clocks as the contract's Target and segments."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from reglament.clock import rfc3339
from sla_clock.domain.clock import Clock, longest
from sla_clock.domain.segments import segments

Excuses = Callable[[str, int], str | None]


def sla_answer(
    found: Sequence[Clock], now: datetime, policy_version: int | None, excuse_of: Excuses
) -> dict[str, Any]:
    """`{policy_version, as_of, targets, segments}` of a ticket's clocks at `now`."""
    return {
        "policy_version": policy_version,
        "as_of": rfc3339(now),
        "targets": [_target(clock, found, excuse_of) for clock in found],
        "segments": [
            {
                "metric": part.metric,
                "cycle": part.cycle,
                "from": rfc3339(part.start),
                "to": rfc3339(part.end),
                "counted": part.counted,
                "reason": part.reason,
            }
            for part in segments(found, now)
        ],
    }


def _target(clock: Clock, found: Sequence[Clock], excuse_of: Excuses) -> dict[str, Any]:
    cycle = clock.cycle
    return {
        "metric": cycle.metric,
        "cycle": cycle.number,
        "priority": clock.priority,
        "calendar": clock.target.calendar_name,
        "within": clock.target.within_text,
        "started_at": rfc3339(clock.counts_from),
        "expected_at": _time(clock.expected_at),
        "due_at": _time(clock.due_at),
        "state": clock.state,
        "elapsed_seconds": clock.elapsed.total_seconds(),
        "remaining_seconds": clock.remaining.total_seconds(),
        "paused_seconds": clock.paused.total_seconds(),
        "longest_seconds": longest(found, clock).total_seconds(),
        "met_at": _time(clock.met_at),
        "breached_at": _time(clock.breach.at if clock.breach else None),
        "breach_cause": clock.breach.cause if clock.breach else None,
        "agreed_at": _time(clock.agreed_at),
        "excused": excuse_of(cycle.metric, cycle.number),
    }


def _time(at: datetime | None) -> str | None:
    return rfc3339(at) if at is not None else None
