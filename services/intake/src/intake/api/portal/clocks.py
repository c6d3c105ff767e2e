"""A ticket's clocks as its history tells them: what sla-clock said last of each (contract, sla).

The segments and the picture are sla-clock's own: the browser asks for them there.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidClock:
    """due_at: None while it stands still; ended_at: when it was met, late or in time."""

    metric: str
    cycle: int
    state: str
    due_at: str | None
    ended_at: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it may still be met."""
        return self.ended_at is None and self.state in ("running", "paused", "breached")


def said_clocks(rows: Iterable[Mapping[str, Any]]) -> list[SaidClock]:
    """Every metric's newest cycle and all that are open, the soonest due first.

    rows: of the history, each source's in its order.
    """
    found: dict[tuple[str, int], SaidClock] = {}
    for row in rows:
        data = row["data"]
        key = (data.get("metric"), data.get("cycle", 1))
        if row["type"] == "ClockStarted":
            state = "running" if data["due_at"] else "paused"
            found[key] = SaidClock(metric=key[0], cycle=key[1], state=state, due_at=data["due_at"])
        elif key in found and row["type"] in _AFTER:
            found[key] = _AFTER[row["type"]](found[key], data)
    newest = {clock.metric: clock for clock in sorted(found.values(), key=lambda c: c.cycle)}
    shown = [each for each in found.values() if each.is_open or each is newest[each.metric]]
    return sorted(shown, key=lambda c: (not c.is_open, c.due_at is None, c.due_at or "", c.metric))


def _resumed(clock: SaidClock, data: Mapping[str, Any]) -> SaidClock:
    return replace(clock, state="running", due_at=data["due_at"])


def _rescheduled(clock: SaidClock, data: Mapping[str, Any]) -> SaidClock:
    return replace(clock, due_at=data["due_at"])


def _met(clock: SaidClock, data: Mapping[str, Any]) -> SaidClock:
    state = "breached" if data.get("late") else "met"
    return replace(clock, state=state, ended_at=data["met_at"])


_AFTER: Mapping[str, Callable[[SaidClock, Mapping[str, Any]], SaidClock]] = {
    "ClockPaused": lambda clock, data: replace(clock, state="paused", due_at=None),
    "ClockResumed": _resumed,
    "ClockRescheduled": _rescheduled,
    "ClockBreached": lambda clock, data: replace(clock, state="breached", due_at=data["due_at"]),
    "ClockMet": _met,
    "ClockCancelled": lambda clock, data: replace(clock, state="cancelled", due_at=None),
    "ClockCorrected": lambda clock, data: replace(clock, state=data["state"]),
}
