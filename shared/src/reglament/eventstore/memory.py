"""The event store in memory, for unit tests: held to the same contract suite as PostgreSQL."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from reglament.errors import Conflict, KeyReused, NotFound
from reglament.events.envelope import Envelope
from reglament.eventstore import chain
from reglament.eventstore.batch import UNANSWERED
from reglament.eventstore.sealing import Sealed, numbers_needed, seal
from reglament.eventstore.store import Answer, Appended, Commit, Held, IdempotencyKey, Proof


def _nothing() -> None: ...


class MemoryEventStore:
    """One process, no transactions: `append_in` writes at once, whatever `connection` is."""

    def __init__(self, source: str, on_append: Callable[[], None] = _nothing) -> None:
        self.source = source
        self.on_append = on_append
        self.records: dict[tuple[str, str], bytes] = {}
        self.numbers: dict[str, int] = {}
        self.all: list[Envelope] = []
        self._streams: dict[str, tuple[Envelope, ...]] = {}
        self._answers: dict[tuple[str, str], tuple[bytes, Answer]] = {}

    async def start(self) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        """Nothing to stop."""

    def wake(self) -> None:
        """Tell who listens."""
        self.on_append()

    async def load(self, stream: str) -> tuple[Envelope, ...]:
        """A stream's events in order; empty where there is none."""
        return self._streams.get(stream, ())

    async def load_many(
        self,
        streams: Sequence[str],
        *,
        connection: Any = None,
        lock: bool = False,
    ) -> dict[str, tuple[Envelope, ...]]:
        """Several streams; those without events are absent."""
        return {stream: self._streams[stream] for stream in streams if stream in self._streams}

    async def append(self, commit: Commit) -> Appended:
        """Raises Conflict, KeyReused."""
        return self._append(commit)

    async def append_in(
        self, connection: Any, commits: Sequence[Commit], held: Held | None = None
    ) -> list[Appended]:
        """One after another; all or none of them."""
        before = (dict(self._streams), dict(self._answers), dict(self.numbers), dict(self.records))
        length = len(self.all)
        try:
            return [self._append(commit) for commit in commits]
        except Exception:
            self._streams, self._answers, self.numbers, self.records = before
            del self.all[length:]
            raise

    async def answered(self, key: IdempotencyKey) -> Appended | None:
        """The first answer to the key. Raises KeyReused."""
        return self._replay(key)

    async def remember(self, key: IdempotencyKey, answer: Answer, at: datetime) -> Appended:
        """Make it the first answer to the key, unless there is one. Raises KeyReused."""
        self._answers.setdefault((key.scope, key.key), (key.body_hash, answer))
        return self._replay(key) or Appended(answer=answer)

    async def read_all(self, after: int = 0, limit: int = 1000) -> list[tuple[int, Envelope]]:
        """Events with their positions, from 1."""
        numbered = enumerate(self.all[after : after + limit], after + 1)
        return list(numbered)

    async def settled(self) -> int:
        """The newest position."""
        return len(self.all)

    async def verify(self, stream: str) -> Proof:
        """Recompute the stream's hash chain. Raises NotFound."""
        envelopes = self._streams.get(stream)
        if not envelopes:
            raise NotFound("stream", stream)
        return chain.check(stream, len(envelopes), envelopes[-1].hash, envelopes)

    def _append(self, commit: Commit) -> Appended:
        key = commit.context.idempotency
        if key is not None and (replay := self._replay(key)):
            return replay
        heads = self._heads(commit)
        desk = commit.numbering.desk if commit.numbering else ""
        first, drawn = self.numbers.get(desk, 1), numbers_needed(commit)
        sealed = seal(commit, heads, iter(range(first, first + drawn)), self.source)
        envelopes = tuple(envelope for part in sealed for envelope in part.envelopes)
        answer = commit.answer(envelopes) if commit.answer else None
        if drawn:
            self.numbers[desk] = first + drawn
        self._keep(commit, sealed, envelopes)
        if key is not None:
            self._answers[key.scope, key.key] = (key.body_hash, answer or UNANSWERED)
        self.on_append()
        return Appended(envelopes=envelopes, answer=answer)

    def _heads(self, commit: Commit) -> dict[str, str]:
        heads = {}
        for part in commit.parts:
            stored = self._streams.get(part.stream, ())
            if part.events and len(stored) != part.expected:
                raise Conflict(part.stream, part.expected, len(stored))
            if stored:
                heads[part.stream] = stored[-1].hash
        return heads

    def _keep(
        self, commit: Commit, sealed: Sequence[Sealed], envelopes: Sequence[Envelope]
    ) -> None:
        for one in sealed:
            if one.envelopes:
                stream = one.part.stream
                self._streams[stream] = (*self._streams.get(stream, ()), *one.envelopes)
        self.all.extend(envelopes)
        self.records |= {(record.topic, record.key): record.value for record in commit.records}

    def _replay(self, key: IdempotencyKey) -> Appended | None:
        found = self._answers.get((key.scope, key.key))
        if found is None:
            return None
        body_hash, answer = found
        if body_hash != key.body_hash:
            raise KeyReused(key.key)
        return Appended(answer=answer, replayed=True)
