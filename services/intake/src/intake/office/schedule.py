"""Which due time a ticket has, out of its whole history."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

_SAYING = frozenset(("ClockStarted", "ClockResumed", "ClockRescheduled"))
_OF_THE_ANSWER = frozenset(("handling", "resolution"))


def standing_due(history: Iterable[Mapping[str, Any]]) -> datetime | None:
    """The last due time of handling or resolution that was said or agreed; None: none was.

    history: rows in the order in which things happened.
    """
    said = [row["data"].get("due_at") for row in history if _tells(row)]
    dues = [due for due in said if due is not None]
    return datetime.fromisoformat(dues[-1]) if dues else None


def _tells(row: Mapping[str, Any]) -> bool:
    of_clock = row["type"] in _SAYING and row["data"]["metric"] in _OF_THE_ANSWER
    return of_clock or row["type"] == "ScheduleChanged"
