"""The clocks' language, said by sla-clock. Each names metric and cycle (semantics 9, 12, 17)."""

from datetime import datetime
from typing import Literal

from reglament.events.registry import ContentRef, Event, event
from reglament.events.topics import SLA

Metric = Literal[
    "first_response", "next_response", "update", "work_started", "handling", "resolution"
]


class ClockEvent(Event, frozen=True, kw_only=True):
    """Which clock it is about."""

    metric: Metric
    cycle: int = 1


@event("ClockStarted", topic=SLA)
class ClockStarted(ClockEvent, frozen=True, kw_only=True):
    """A target began to count. `within` as in the policy, due_at None: born paused."""

    started_at: datetime
    due_at: datetime | None
    within: str
    calendar: str
    priority: str
    calendar_version: str | None = None


@event("ClockPaused", topic=SLA)
class ClockPaused(ClockEvent, frozen=True, kw_only=True):
    """The clock stands still: waiting for the client, or deferred (semantics 10)."""

    because: str


@event("ClockResumed", topic=SLA)
class ClockResumed(ClockEvent, frozen=True, kw_only=True):
    """It goes on, with its new due time."""

    due_at: datetime


@event("ClockRescheduled", topic=SLA)
class ClockRescheduled(ClockEvent, frozen=True, kw_only=True):
    """Another due time: priority, category, service level, contract, schedule, calendar, policy."""

    cause: str
    due_at: datetime | None
    previous_due_at: datetime | None
    within: str | None = None
    calendar: str | None = None
    priority: str | None = None
    calendar_version: str | None = None


@event("ClockAtRisk", topic=SLA)
class ClockAtRisk(ClockEvent, frozen=True, kw_only=True):
    """A step of the budget (percent), `expect`, or an offset in working seconds from due."""

    step: str  # "75", "expect", "-28800s"
    due_at: datetime | None = None


@event("ClockBreached", topic=SLA)
class ClockBreached(ClockEvent, frozen=True, kw_only=True):
    """Not met by its due time; dated at the due time, once a ticket, metric and cycle."""

    due_at: datetime
    cause: str | None = None  # the change that put the due time into the past (semantics 11)


@event("ClockMet", topic=SLA)
class ClockMet(ClockEvent, frozen=True, kw_only=True):
    """What was promised has happened; `late` where it was breached before."""

    met_at: datetime
    elapsed_seconds: float
    late: bool = False


@event("ClockCancelled", topic=SLA)
class ClockCancelled(ClockEvent, frozen=True, kw_only=True):
    """It counts no more: refused, merged, closed without answer, no target matches."""

    because: str


@event("ClockCorrected", topic=SLA)
class ClockCorrected(ClockEvent, frozen=True, kw_only=True):
    """A late event showed that the clock had ended or paused before (semantics 12)."""

    was: str
    state: str
    because: str
    effective_at: datetime


@event("ClockExcused", topic=SLA)
class ClockExcused(ClockEvent, frozen=True, kw_only=True):
    """An agent excuses a breach with one of the desk's reasons; the breach stays."""

    reason: str
    content: ContentRef | None = None


@event("ClocksMigrated", topic=SLA)
class ClocksMigrated(Event, frozen=True, kw_only=True):
    """From here on the ticket's clocks go by another version of the desk's targets (semantics 16).

    The ticket itself stays with the version under which it was opened. calendars: region -> the
    version of its holidays' data that holds from here as well (semantics 6); none: as before.
    """

    previous: int
    version: int
    calendars: dict[str, int] | None = None
