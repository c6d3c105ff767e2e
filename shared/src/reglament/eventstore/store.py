"""What a service may ask of its event store, and what a commit is made of (architecture 2)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

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


Held = Mapping[str, Sequence[Envelope]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """All or nothing, in one transaction with the inline read models.

    answer: makes the stored answer out of what was appended (number and hashes known);
    records: contents and contacts that the events refer to;
    rows: further effects in the same transaction, `(sql, values)`: the statement takes columns, by
    unnest, since all commits of a batch that have it share one; no two of them change one row.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What checking a stream's hash chain found (architecture 10).

    version, head: as the stream says of itself; broken_at: the first version at which the chain
    does not hold, None: it holds; fault: `missing`, `link`, `content`, `head`, `place`; against a
    root that was written out: `cut`, `rewritten`.
    """

    stream: str
    version: int
    head: str
    broken_at: int | None = None
    fault: str | None = None


class EventStore(Protocol):
    """The store of one service. `source` is `/reglament/<service>`.

    connection: a transaction of the caller's own to take part in; None: the store's own.
    """

    source: str

    async def load(self, stream: str) -> tuple[Envelope, ...]:
        """A stream's events in order; empty where there is none."""
        ...

    async def load_many(
        self, streams: Sequence[str], *, connection: Any = None, lock: bool = False
    ) -> dict[str, tuple[Envelope, ...]]:
        """Several streams in one round trip; those without events are absent.

        lock: nobody else appends to them until the caller's transaction ends.
        """
        ...

    async def append(self, commit: Commit) -> Appended:
        """Group-committed. Raises Conflict (no number drawn), KeyReused; returns when durable.

        Raises Unavailable (nothing written) or OutcomeUnknown where the database is away.
        """
        ...

    async def append_in(
        self, connection: Any, commits: Sequence[Commit], held: Held | None = None
    ) -> list[Appended]:
        """Append in the caller's transaction, all or nothing; commits may follow one another on
        a stream. Call `wake` after COMMIT. Raises Conflict, KeyReused: then roll back.

        held: what the caller has locked and loaded of all the commits' streams (`load_many`), so
        that nobody need ask for it again; those that are absent are new.
        """
        ...

    async def answered(self, key: IdempotencyKey) -> Appended | None:
        """The first answer to that key, None where there is none. Raises KeyReused."""
        ...

    async def remember(self, key: IdempotencyKey, answer: Answer, at: datetime) -> Appended:
        """Make it the first answer to that key, unless there is one; gives the first.

        Whatever still runs under the key is waited for, or comes to nothing. Raises KeyReused.
        """
        ...

    async def read_all(self, after: int = 0, limit: int = 1000) -> list[tuple[int, Envelope]]:
        """Events with their positions, in order of position. Positions have gaps, and one that
        is open now may appear later below others: to miss none see `settled`.
        """
        ...

    async def settled(self) -> int:
        """The newest position below which nothing can appear any more."""
        ...

    async def verify(self, stream: str) -> Proof:
        """Recompute the stream's hash chain. Raises NotFound."""
        ...

    def wake(self) -> None:
        """Tell the relay that something has been committed."""
        ...
