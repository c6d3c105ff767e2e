"""Where an erased person's data stood, what is left of it, and until when (architecture 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

State = Literal["erased", "waiting", "expiring", "kept", "never-held"]
# Of the topics of contacts and contents: a record is compacted away at the latest so long after
# its segment is closed, and a segment is closed at the latest so long after its first record.
COMPACTION_LAG = SEGMENT_AGE = timedelta(hours=24)
SWEEP_AFTER = SEGMENT_AGE + timedelta(minutes=5)
OWN = (
    "contents",
    "contacts",
    "letters",
    "attachments",
    "credentials",
    "idempotency-answers",
    "fingerprints",
)
# The search looks into the contents themselves; the rest hold references alone.
NEVER_HELD = (
    ("intake", "search-index"),
    ("intake", "events"),
    ("sla-clock", "read-models"),
    ("escalation", "read-models"),
    ("notifier", "webhook-deliveries"),
    ("kafka", "ticket-topics"),
    ("kafka", "dead-letters"),
    ("services", "logs"),
)
COPIES_ELSEWHERE = {
    "notifier": ("contacts", "contents", "letters"),
    "escalation": ("reasons",),
}
TOPICS = ("contacts-topic", "contents-topic")


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """One person at one desk, erased at one moment. counts: how much, by copy of intake's.

    swept_at: when the compacted topics were moved on, so that old segments are closed.
    """

    id: str
    requester: str
    desk: str
    erased_at: datetime
    erased_by: str
    counts: Mapping[str, int]
    swept_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """until: by when it is gone, where that is known; count: how many were erased here."""

    held_by: str
    what: str
    state: State
    until: datetime | None = None
    count: int | None = None


def copies_of(
    erasure: Erasure, elsewhere: Mapping[str, datetime], now: datetime, retention: timedelta
) -> tuple[Copy, ...]:
    """Every place in which the data stood. elsewhere: service -> when it said it was done;
    retention: how long backups are kept.
    """
    own = tuple(
        Copy(
            held_by="intake",
            what=copy,
            state="erased",
            until=erasure.erased_at,
            count=erasure.counts.get(copy, 0),
        )
        for copy in OWN
    )
    others = tuple(
        _elsewhere(service, copy, elsewhere.get(service))
        for service, copies in COPIES_ELSEWHERE.items()
        for copy in copies
    )
    compacted = erasure.erased_at + COMPACTION_LAG + SEGMENT_AGE
    is_compacted = erasure.swept_at is not None and now >= compacted
    kafka = tuple(_expiring("kafka", topic, compacted, is_gone=is_compacted) for topic in TOPICS)
    kept_until = erasure.erased_at + retention
    backups = _expiring("backups", "backups", kept_until, is_gone=now >= kept_until)
    # An address that the desk itself has entered as a contract partner's is the desk's to take out.
    listed = erasure.counts.get("customer-register", 0)
    register = Copy(
        held_by="intake",
        what="customer-register",
        state="kept" if listed else "never-held",
        count=listed,
    )
    rest = tuple(Copy(held_by=holder, what=copy, state="never-held") for holder, copy in NEVER_HELD)
    return (*own, *others, *kafka, backups, register, *rest)


def _elsewhere(service: str, copy: str, told: datetime | None) -> Copy:
    return Copy(held_by=service, what=copy, state="erased" if told else "waiting", until=told)


def _expiring(holder: str, copy: str, until: datetime, *, is_gone: bool) -> Copy:
    return Copy(held_by=holder, what=copy, state="erased" if is_gone else "expiring", until=until)


def is_complete(copies: tuple[Copy, ...]) -> bool:
    """Whether nothing is left, but what the desk keeps as its own."""
    return all(copy.state in ("erased", "kept", "never-held") for copy in copies)


def complete_at(copies: tuple[Copy, ...]) -> datetime | None:
    """When the last copy is gone; None while a service has not said that it is done."""
    if any(copy.state == "waiting" for copy in copies):
        return None
    return max(copy.until for copy in copies if copy.until is not None)
