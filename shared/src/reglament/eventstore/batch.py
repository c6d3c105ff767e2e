"""One transaction of many commits: each step is done for all of them at once (architecture 2)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import msgspec

from reglament.errors import Conflict, KeyReused, ReglamentError
from reglament.events.envelope import Envelope
from reglament.events.registry import by_class
from reglament.eventstore import statements as sql
from reglament.eventstore.sealing import Sealed, numbers_needed, seal
from reglament.eventstore.store import Answer, Appended, Commit, Held, IdempotencyKey
from reglament.eventstore.together import Together

UNANSWERED = Answer(status=204, body=b"")


class Inline(Protocol):
    """A read model that is written in the transaction of its events: a ProjectionRunner."""

    async def apply(self, connection: Any, envelopes: Sequence[Envelope], /) -> Any:
        """Write what follows from the events."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a batch is written with."""

    source: str
    inline: tuple[Inline, ...] = ()


@dataclass(slots=True, kw_only=True)
class Entry:
    """A commit on its way through a batch; `outcome` is set as soon as it is known."""

    commit: Commit
    outcome: Appended | ReglamentError | None = None
    sealed: tuple[Sealed, ...] = ()
    answer: Answer | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write for it."""
        commit = self.commit
        has_events = any(part.events for part in commit.parts)
        return not (has_events or commit.records or commit.rows or commit.context.idempotency)

    @property
    def envelopes(self) -> tuple[Envelope, ...]:
        """Of all its parts, in their order."""
        return tuple(envelope for part in self.sealed for envelope in part.envelopes)


@dataclass(slots=True, kw_only=True)
class Streams:
    """How far each stream of the batch is; moves on with the commits that pass."""

    known: set[str] = field(default_factory=set)
    versions: dict[str, int] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, held: Held) -> "Streams":
        """Those that were loaded."""
        newest = {stream: events[-1] for stream, events in held.items() if events}
        return cls(
            known=set(newest),
            versions={stream: one.sequence for stream, one in newest.items()},
            heads={stream: one.hash for stream, one in newest.items()},
        )

    def conflict(self, commit: Commit) -> Conflict | None:
        """Why the commit may not pass; where it may, its streams move on."""
        parts = [part for part in commit.parts if part.events]
        for part in parts:
            version = self.versions.get(part.stream, 0)
            if version != part.expected:
                return Conflict(part.stream, part.expected, version)
        for part in parts:
            self.versions[part.stream] = part.expected + len(part.events)
        return None


async def write(
    connection: Any,
    entries: Sequence[Entry],
    target: Target,
    *,
    careful: bool = True,
    held: Held | None = None,
) -> None:
    """Write what passes, within the connection's transaction, and set every outcome: two round
    trips, three where a stream is not new; two more for rows that a read model has to look up.

    careful: streams that should be new, are looked up as well; without it one that is not
    breaks the transaction (UniqueViolationError), as do two first answers to one key. held: what
    is locked and loaded of all their streams; then nothing is looked up.
    """
    if held is None:
        streams = await _lock(connection, entries, careful=careful)
    else:
        streams = Streams.of(held)
    numbers = await _begin(connection, entries)
    for entry in _open(entries):
        entry.outcome = streams.conflict(entry.commit)
    passing = _open(entries)
    for entry in passing:
        _seal(entry, streams.heads, numbers, target.source)
    if passing or numbers:
        first = (sql.STORE, _stored(passing, streams))
        together = Together(connection, first, _begun(passing, streams))
        await _give_back(together, numbers)
        await _follow(together, passing, target.inline)
        await together.send()
    for entry in passing:
        entry.outcome = Appended(envelopes=entry.envelopes, answer=entry.answer)


def replayed(key: IdempotencyKey, row: Any) -> Appended | KeyReused:
    """What a key that was seen before is answered."""
    if bytes(row["body_hash"]) != key.body_hash:
        return KeyReused(key.key)
    headers = msgspec.json.decode(row["headers"], type=tuple[tuple[str, str], ...])
    answer = Answer(status=row["status"], body=bytes(row["body"]), headers=headers)
    return Appended(answer=answer, replayed=True)


def _open(entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.outcome is None]


async def _lock(connection: Any, entries: Sequence[Entry], *, careful: bool) -> Streams:
    wanted = {
        part.stream
        for entry in _open(entries)
        for part in entry.commit.parts
        if part.events and (careful or part.expected > 0)
    }
    streams = Streams()
    for row in await connection.fetch(sql.LOCK_STREAMS, list(wanted)) if wanted else ():
        streams.known.add(row["stream"])
        streams.versions[row["stream"]] = row["version"]
        streams.heads[row["stream"]] = row["head"]
    return streams


async def _begin(connection: Any, entries: Sequence[Entry]) -> dict[str, Iterator[int]]:
    """Tells those that were answered before; draws numbers, by desk, for all the others."""
    asked = [question for entry in entries if any(question := _asked(entry.commit))]
    if not asked:
        return {}
    rows = await connection.fetch(sql.BEGIN, *_columns(asked, 4))
    seen = {(row["scope"], row["key"]): row for row in rows if row["desk"] is None}
    wanted: Counter[str] = Counter()
    for entry in entries:
        scope, _, desk, needed = _asked(entry.commit)
        key = entry.commit.context.idempotency
        if key is not None and (row := seen.get((scope, key.key))):
            entry.outcome = replayed(key, row)
        else:
            wanted[desk] += needed
    drawn = {row["desk"]: row["next"] for row in rows if row["desk"] is not None}
    return {desk: iter(range(next_ - wanted[desk], next_)) for desk, next_ in drawn.items()}


def _asked(commit: Commit) -> tuple[str | None, str | None, str, int]:
    """Scope and key of a commit that may have been answered; its desk, and the numbers it needs."""
    key = commit.context.idempotency
    named = (key.scope, key.key) if key else (None, None)
    needed = numbers_needed(commit)
    return (*named, commit.numbering.desk if commit.numbering and needed else "", needed)


async def _give_back(connection: Together, numbers: Mapping[str, Iterator[int]]) -> None:
    """What those drew that did not pass: no number is left out (semantics 18)."""
    spare = [(desk, count) for desk, left in numbers.items() if (count := len(list(left)))]
    if spare:
        await connection.execute(sql.GIVE_BACK, *_columns(spare, 2))


def _seal(
    entry: Entry, heads: dict[str, str], numbers: Mapping[str, Iterator[int]], source: str
) -> None:
    commit = entry.commit
    desk = commit.numbering.desk if commit.numbering else ""
    entry.sealed = seal(commit, heads, numbers.get(desk, iter(())), source)
    for part in entry.sealed:
        if part.envelopes:
            heads[part.part.stream] = part.envelopes[-1].hash
    if commit.answer is not None:
        entry.answer = commit.answer(entry.envelopes)


def _begun(entries: Sequence[Entry], streams: Streams) -> frozenset[str]:
    """Ids that nobody can have a row of yet: of the events, and of what new streams are about."""
    parts = [part for entry in entries for part in entry.sealed]
    begun = {part.part.subject for part in parts if part.part.stream not in streams.known}
    return frozenset(begun.union(one.id for part in parts for one in part.envelopes))


def _stored(entries: Sequence[Entry], streams: Streams) -> tuple[object, ...]:
    """Events, records and first answers, as STORE takes them."""
    parts = [part for entry in entries for part in entry.sealed if part.envelopes]
    newest = {part.part.stream: part.envelopes[-1] for part in parts}
    made = [_place(name, newest[name]) for name in sorted(newest) if name not in streams.known]
    moved = [_place(name, newest[name])[:4] for name in newest if name in streams.known]
    events = [_row(part.part.stream, one) for part in parts for one in part.envelopes]
    return (
        *_columns(made, 5),
        *_columns(moved, 4),
        *_columns(events, 17),
        *_columns(_records(entries), 3),
        *_columns(_answers(entries), 7),
        parts[0].envelopes[0].source if parts else "",
        sql.SLOTS,
    )


def _place(stream: str, newest: Envelope) -> tuple[object, ...]:
    return stream, newest.sequence, newest.hash, newest.subject, newest.desk


def _row(stream: str, one: Envelope) -> tuple[object, ...]:
    return (
        stream,
        one.sequence,
        one.id,
        one.type,
        one.schema_version,
        one.subject,
        one.desk,
        one.at,
        one.recorded_at,
        one.causation_id,
        one.correlation_id,
        one.policy_version,
        one.traceparent,
        by_class(type(one.event)).topic,
        one.data,
        one.prev_hash,
        one.hash,
    )


def _columns(rows: Sequence[tuple[object, ...]], width: int) -> Sequence[Sequence[object]]:
    """Rows -> the arrays that unnest takes."""
    return list(zip(*rows, strict=True)) if rows else [()] * width


def _records(entries: Sequence[Entry]) -> list[tuple[object, ...]]:
    newest = {
        (record.topic, record.key): record.value
        for entry in entries
        for record in entry.commit.records
    }
    return [(topic, key, value) for (topic, key), value in newest.items()]


async def _follow(connection: Together, entries: Sequence[Entry], inline: Sequence[Inline]) -> None:
    """Read models and further rows, in the statement of the events."""
    envelopes = [envelope for entry in entries for envelope in entry.envelopes]
    if envelopes:
        for read_model in inline:
            await read_model.apply(connection, envelopes)
    rows: dict[str, list[tuple[object, ...]]] = {}
    for entry in entries:
        for statement, values in entry.commit.rows:
            rows.setdefault(statement, []).append(values)
    for statement, many in rows.items():
        await connection.execute(statement, *_columns(many, len(many[0])))


def answer_row(key: IdempotencyKey, answer: Answer, at: datetime) -> tuple[object, ...]:
    """An answer as it is kept under its key."""
    headers = msgspec.json.encode(answer.headers).decode()
    return key.scope, key.key, key.body_hash, answer.status, headers, answer.body, at


def _answers(entries: Sequence[Entry]) -> list[tuple[object, ...]]:
    return [
        answer_row(key, answer, entry.commit.context.recorded_at)
        for entry in entries
        if (key := entry.commit.context.idempotency) and (answer := entry.answer or UNANSWERED)
    ]
