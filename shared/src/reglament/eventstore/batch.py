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
from reglament.eventstore.store import Answer, Appended, Commit, IdempotencyKey

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
    connection: Any, entries: Sequence[Entry], target: Target, *, careful: bool = True
) -> None:
    """Write what passes, within the connection's transaction, and set every outcome.

    careful: streams that should be new, are looked up as well; without it one that is not
    breaks the transaction (UniqueViolationError), as do two first answers to one key.
    """
    await _replay(connection, entries)
    streams = await _lock(connection, entries, careful=careful)
    for entry in _open(entries):
        entry.outcome = streams.conflict(entry.commit)
    passing = _open(entries)
    numbers = await _draw(connection, passing)
    for entry in passing:
        _seal(entry, streams.heads, numbers, target.source)
    await _store(connection, passing, streams)
    await _put(connection, passing)
    await _follow(connection, passing, target.inline)
    await _remember(connection, passing)
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


async def _replay(connection: Any, entries: Sequence[Entry]) -> None:
    keyed = [(entry, key) for entry in entries if (key := entry.commit.context.idempotency)]
    if not keyed:
        return
    rows = await connection.fetch(
        sql.ANSWERED, [key.scope for _, key in keyed], [key.key for _, key in keyed]
    )
    seen = {(row["scope"], row["key"]): row for row in rows}
    for entry, key in keyed:
        if row := seen.get((key.scope, key.key)):
            entry.outcome = replayed(key, row)


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


async def _draw(connection: Any, entries: Sequence[Entry]) -> Mapping[str, Iterator[int]]:
    """Numbers for those that pass, and for no one else, so that there are no gaps."""
    wanted: Counter[str] = Counter()
    for entry in entries:
        if entry.commit.numbering is not None and (needed := numbers_needed(entry.commit)):
            wanted[entry.commit.numbering.desk] += needed
    if not wanted:
        return {}
    rows = await connection.fetch(sql.DRAW, list(wanted), list(wanted.values()))
    return {
        row["desk"]: iter(range(row["next"] - wanted[row["desk"]], row["next"])) for row in rows
    }


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


async def _store(connection: Any, entries: Sequence[Entry], streams: Streams) -> None:
    parts = [part for entry in entries for part in entry.sealed if part.envelopes]
    if not parts:
        return
    newest = {part.part.stream: part.envelopes[-1] for part in parts}
    made = [_place(name, newest[name]) for name in sorted(newest) if name not in streams.known]
    moved = [_place(name, newest[name])[:4] for name in newest if name in streams.known]
    events = [_row(part.part.stream, one) for part in parts for one in part.envelopes]
    await connection.execute(
        sql.STORE,
        *_columns(made, 5),
        *_columns(moved, 4),
        *_columns(events, 17),
        parts[0].envelopes[0].source,
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


def _columns(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    """Rows -> the arrays that unnest takes."""
    return [[row[place] for row in rows] for place in range(width)]


async def _put(connection: Any, entries: Sequence[Entry]) -> None:
    newest = {
        (record.topic, record.key): record.value
        for entry in entries
        for record in entry.commit.records
    }
    if newest:
        rows = [(topic, key, value) for (topic, key), value in newest.items()]
        await connection.execute(sql.PUT, *_columns(rows, 3), sql.SLOTS)


async def _follow(connection: Any, entries: Sequence[Entry], inline: Sequence[Inline]) -> None:
    """Read models and further rows, which may see the events."""
    envelopes = [envelope for entry in entries for envelope in entry.envelopes]
    if envelopes:
        for read_model in inline:
            await read_model.apply(connection, envelopes)
    rows: dict[str, list[tuple[object, ...]]] = {}
    for entry in entries:
        for statement, arguments in entry.commit.rows:
            rows.setdefault(statement, []).append(arguments)
    for statement, many in rows.items():
        # One round trip a statement, however many commits have it.
        await connection.executemany(statement, many)


def answer_row(key: IdempotencyKey, answer: Answer, at: datetime) -> tuple[object, ...]:
    """An answer as it is kept under its key."""
    headers = msgspec.json.encode(answer.headers).decode()
    return key.scope, key.key, key.body_hash, answer.status, headers, answer.body, at


async def _remember(connection: Any, entries: Sequence[Entry]) -> None:
    rows = [
        answer_row(key, answer, entry.commit.context.recorded_at)
        for entry in entries
        if (key := entry.commit.context.idempotency) and (answer := entry.answer or UNANSWERED)
    ]
    if rows:
        await connection.execute(sql.REMEMBER, *_columns(rows, 7))
