"""Queues, assignment, levels: said by escalation. On compacted topics: engineers, erasure."""

from datetime import date, datetime
from typing import Literal

from reglament.events.registry import ContentRef, Event, event
from reglament.events.topics import ENGINEERS, ESCALATIONS, REASONS


@event("Queued", topic=ESCALATIONS)
class Queued(Event, frozen=True, kw_only=True):
    """The ticket stands in a level's queue, by the desk's order."""

    level: str
    rank: int  # 0 first: out of turn, then by the desk's order
    waiting_since: datetime
    department: str | None = None


@event("Assigned", topic=ESCALATIONS)
class Assigned(Event, frozen=True, kw_only=True):
    """An engineer takes it, by a claim or by an assignment. Stops work_started."""

    engineer: str
    level: str
    because: Literal["claim", "assignment"]


@event("Unassigned", topic=ESCALATIONS)
class Unassigned(Event, frozen=True, kw_only=True):
    """Nobody has it any more; it goes back to its queue."""

    engineer: str
    because: str


@event("Dequeued", topic=ESCALATIONS)
class Dequeued(Event, frozen=True, kw_only=True):
    """It leaves the queue without anybody having taken it."""

    level: str
    because: Literal["ended", "withdrawn"]


@event("Escalated", topic=ESCALATIONS)
class Escalated(Event, frozen=True, kw_only=True):
    """From a level to the next, by request or by the clock's step (REM-03)."""

    from_level: str
    to_level: str
    cause: Literal["request", "clock"]
    metric: str | None = None
    cycle: int | None = None
    step: str | None = None  # the at-risk step, or "breached"
    content: ContentRef | None = None
    notify: tuple[str, ...] = ()  # engineers who are told


@event("EscalationExhausted", topic=ESCALATIONS)
class EscalationExhausted(Event, frozen=True, kw_only=True):
    """The clock asks for a higher level and there is none."""

    level: str
    metric: str | None = None
    cycle: int | None = None
    step: str | None = None
    notify: tuple[str, ...] = ()


@event("EngineerRegistered", topic=ENGINEERS)
class EngineerRegistered(Event, frozen=True, kw_only=True):
    """An engineer's newest state. Key: desk/engineer."""

    engineer: str
    desk: str
    name: str
    email: str
    locale: str = "en"
    active: bool = True
    level: str
    languages: tuple[str, ...] = ()
    qualifications: tuple[str, ...] = ()
    since: date | None = None
    departments: tuple[str, ...] = ()


@event("ReasonsErased", topic=REASONS)
class ReasonsErased(Event, frozen=True, kw_only=True):
    """What agents wrote of an erased person's tickets is gone. Key: requester id."""

    erasure: str
    requester: str
    reasons: int = 0
