"""What a service may ask of its event store, and what a commit is made of (architecture 2)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from reglament.events.envelope import Envelope
from reglament.events.registry import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEvents:
    """One stream's part of a commit.

    stream: `ticket/<id>`, `policy/<desk>`, …; subject: ce_subject and Kafka key;
    expected: the version that the decision was made on (0: the stream is new).
    """

    stream: str
    subject: str
    desk: str
    expected: int
    events: tuple[Event, ...]
    policy_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A newest state on a compacted topic which is no event: a contact, a content."""

    topic: str
    key: str
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """Draw the desk's next number in the transaction; events with an empty `number` get it.

    pattern: the policy's, e.g. `REM-{sequence:06d}`.
    """

    desk: str
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The first answer to a request with an Idempotency-Key."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyKey:
    """scope: caller + method + path; body_hash: SHA-256 of the request's body."""

    scope: str
    key: str
    body_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Where a command comes from; becomes the CloudEvents attributes of its events."""

    recorded_at: datetime
    causation_id: str | None = None
    correlation_id: str | None = None
    traceparent: str | None = None
    idempotency: IdempotencyKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """All or nothing, in one transaction with the inline read models.

    answer: makes the stored answer out of what was appended (number and hashes known);
    records: contents and contacts that the events refer to;
    rows: further effects in the same transaction, `(sql, arguments)`, rarely needed.
    """

    parts: tuple[StreamEvents, ...]
    context: Context
    records: tuple[Record, ...] = ()
    numbering: Numbering | None = None
    answer: Callable[[Sequence[Envelope]], Answer] | None = None
    rows: tuple[tuple[str, tuple[object, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """What a commit became. `replayed`: the key was seen before, this is the first answer."""

    envelopes: tuple[Envelope, ...] = ()
    answer: Answer | None = None
    replayed: bool = False


class EventStore(Protocol):
    """The store of one service. `source` is `/reglament/<service>`."""

    source: str

    async def load(self, stream: str) -> tuple[Envelope, ...]:
        """A stream's events in order; empty where there is none."""
        ...

    async def load_many(self, streams: Sequence[str]) -> dict[str, tuple[Envelope, ...]]:
        """Several streams in one round trip; those without events are absent."""
        ...

    async def append(self, commit: Commit) -> Appended:
        """Group-committed. Raises Conflict (no number drawn), KeyReused; returns when durable."""
        ...
