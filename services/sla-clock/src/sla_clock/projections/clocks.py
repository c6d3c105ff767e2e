"""What was said last of every clock: for the desk's list, soonest first."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from reglament.events import sla
from reglament.events.envelope import Envelope
from reglament.events.registry import Event
from reglament.instants import rfc3339
from reglament.projections import Row

OPEN = {"running", "paused", "breached"}


class Clocks:
    """A row a ticket, metric and cycle."""

    name = "clocks"
    version = 1
    handles: Collection[type[Event]] = (
        sla.ClockStarted,
        sla.ClockPaused,
        sla.ClockResumed,
        sla.ClockRescheduled,
        sla.ClockBreached,
        sla.ClockMet,
        sla.ClockCancelled,
        sla.ClockCorrected,
    )

    def keys(self, envelope: Envelope) -> Collection[str]:
        """ticket/metric/cycle."""
        event = envelope.event
        if not isinstance(event, sla.ClockEvent):
            return ()
        return (f"{envelope.subject}/{event.metric}/{event.cycle}",)

    def project(self, key: str, row: Row | None, envelope: Envelope) -> Row | None:
        """The row after the event."""
        event = envelope.event
        if isinstance(event, sla.ClockStarted):
            return _started(key, event, envelope)
        if row is None:
            return None
        return {**row, **_change(event, row)}


def _started(key: str, event: sla.ClockStarted, envelope: Envelope) -> Row:
    return {
        "key": key,
        "ticket": envelope.subject,
        "desk": envelope.desk,
        "metric": event.metric,
        "cycle": event.cycle,
        "state": "paused" if event.due_at is None else "running",
        "priority": event.priority,
        "within": event.within,
        "calendar": event.calendar,
        "started_at": rfc3339(event.started_at),
        "due_at": _time(event.due_at),
        "breached_at": None,
        "met_at": None,
        "is_open": True,
    }


def _change(event: Event, row: Row) -> dict[str, Any]:
    match event:
        case sla.ClockPaused():
            return {"due_at": None, "state": _unless_breached(row, "paused")}
        case sla.ClockResumed(due_at=due_at):
            return {"due_at": _time(due_at), "state": _unless_breached(row, "running")}
        case sla.ClockRescheduled():
            return _rescheduled(event, row)
        case _:
            return _end(event, row)


def _end(event: Event, row: Row) -> dict[str, Any]:
    match event:
        case sla.ClockBreached(due_at=due_at):
            return {"breached_at": _time(due_at), "due_at": _time(due_at), "state": "breached"}
        case sla.ClockMet(met_at=met_at):
            state = _unless_breached(row, "met")
            return {"met_at": _time(met_at), "state": state, "is_open": False}
        case sla.ClockCancelled():
            return {"state": _unless_breached(row, "cancelled"), "is_open": False}
        case sla.ClockCorrected():
            return _corrected(event)
        case _:
            return {}


def _rescheduled(event: sla.ClockRescheduled, row: Row) -> dict[str, Any]:
    return {
        "due_at": _time(event.due_at),
        "within": event.within or row["within"],
        "calendar": event.calendar or row["calendar"],
        "priority": event.priority or row["priority"],
    }


def _corrected(event: sla.ClockCorrected) -> dict[str, Any]:
    change: dict[str, Any] = {"state": event.state, "is_open": event.state in OPEN}
    if event.was == "breached":
        change["breached_at"] = None
    if event.state in {"breached", "met"}:
        change[f"{event.state}_at"] = _time(event.effective_at)
    return change


def _unless_breached(row: Row, state: str) -> str:
    """A breach stays (semantics 12)."""
    return "breached" if row["breached_at"] else state


def _time(at: datetime | None) -> str | None:
    return rfc3339(at) if at is not None else None
