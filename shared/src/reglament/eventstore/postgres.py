"""The event store in PostgreSQL (architecture 2). Reads and writes at the primary only."""

import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import asyncpg

from reglament.errors import Conflict, OutcomeUnknown, ReglamentError
from reglament.events.envelope import Envelope
from reglament.eventstore import batch, measures, reading, verifying
from reglament.eventstore import statements as sql
from reglament.eventstore.batch import Entry, Inline, Target
from reglament.eventstore.group_commit import Again, GroupCommit
from reglament.eventstore.store import Answer, Appended, Commit, Held, IdempotencyKey, Proof
from reglament.failpoints import failpoint
from reglament.gathering import Gathering

STOP_SECONDS = 5.0
ACQUIRE_SECONDS = 5.0
LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
# Another process was faster, or in the way: the batch passes when it is read anew.
RACES = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
)
# A unique index of that name says: of two at one instant the second decides anew.
ONCE = "_once"
RACED_KEYS = frozenset(("streams_pkey", "events_stream_version_key", "idempotency_pkey"))


def _nothing() -> None: ...


class PostgresEventStore:
    """`start` before the first append, `stop` at the end.

    inline: read models written in the transaction of their events; on_append: tells the relay.
    """

    def __init__(
        self,
        pool: Any,
        source: str,
        inline: Sequence[Inline] = (),
        on_append: Callable[[], None] = _nothing,
    ) -> None:
        self.source = source
        self.on_append = on_append
        self._pool = pool
        self._target = Target(source=source, inline=tuple(inline))
        self._group = GroupCommit(self._run)
        self._loads: Gathering[str, tuple[Envelope, ...]] = Gathering(self._load_all)

    async def start(self) -> None:
        """Begin to write."""
        self._group.start()

    async def stop(self) -> None:
        """Write what waits, then end."""
        await self._group.stop(STOP_SECONDS)

    def wake(self) -> None:
        """Tell the relay that something was committed by `append_in`."""
        self.on_append()

    async def load(self, stream: str) -> tuple[Envelope, ...]:
        """A stream's events in order; empty where there is none."""
        return await self._loads.ask(stream)

    async def _load_all(self, streams: Sequence[str]) -> list[tuple[Envelope, ...] | Exception]:
        """For all who load at one time."""
        found = await reading.load_many(self._pool, streams, lock=False)
        return [found.get(stream, ()) for stream in streams]

    async def load_many(
        self, streams: Sequence[str], *, connection: Any = None, lock: bool = False
    ) -> dict[str, tuple[Envelope, ...]]:
        """Several streams at once; `lock` holds them until the caller's transaction ends."""
        return await reading.load_many(connection or self._pool, streams, lock=lock)

    async def append(self, commit: Commit) -> Appended:
        """Group-committed; returns when durable.

        Raises Conflict, KeyReused, Unavailable, OutcomeUnknown.
        """
        if Entry(commit=commit).is_empty:
            return Appended(answer=commit.answer(()) if commit.answer else None)
        return await self._group.submit(commit)

    async def append_in(
        self, connection: Any, commits: Sequence[Commit], held: Held | None = None
    ) -> list[Appended]:
        """Append in the caller's transaction; call `wake` after COMMIT. held: see EventStore.

        Raises Conflict, KeyReused: then the transaction must be rolled back.
        """
        entries = [Entry(commit=commit) for commit in commits]
        try:
            await batch.write(connection, entries, self._target, held=held)
        except asyncpg.UniqueViolationError as fault:
            if fault.constraint_name not in RACED_KEYS:
                raise
            raise Conflict(commits[0].parts[0].stream, commits[0].parts[0].expected) from fault
        appended = [_appended(entry.outcome) for entry in entries]
        measures.appended(entries)
        return appended

    async def answered(self, key: IdempotencyKey) -> Appended | None:
        """The first answer to the key; None: there is none. Raises KeyReused."""
        row = await self._pool.fetchrow(sql.ANSWERED, [key.scope], [key.key])
        return None if row is None else _appended(batch.replayed(key, row))

    async def remember(self, key: IdempotencyKey, answer: Answer, at: datetime) -> Appended:
        """Make it the first answer to the key, unless there is one; gives the first.

        A transaction that is about to answer under the key is waited for. Raises KeyReused.
        """
        row = batch.answer_row(key, answer, at)
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            await connection.execute(sql.REMEMBER_FIRST, *([value] for value in row))
            first = await connection.fetchrow(sql.ANSWERED, [key.scope], [key.key])
        return _appended(batch.replayed(key, first))

    async def forget_answers(self, before: datetime) -> None:
        """Answers older than that are not asked for any more."""
        await self._pool.execute(sql.FORGET, before)

    async def read_all(self, after: int = 0, limit: int = 1000) -> list[tuple[int, Envelope]]:
        """Events with their positions, in order; complete up to `settled`."""
        rows = await self._pool.fetch(reading.ALL, after, limit)
        return [(row["position"], reading.envelope_of(row)) for row in rows]

    async def settled(self) -> int:
        """The newest position below which nothing can appear any more."""
        async with self._pool.acquire() as connection:
            return await reading.settled(connection)

    async def verify(self, stream: str) -> Proof:
        """Recompute the stream's hash chain. Raises NotFound."""
        async with self._pool.acquire() as connection:
            return await verifying.verify(connection, stream)

    async def _run(self, entries: Sequence[Entry], careful: bool) -> None:
        """One transaction. Raises Again, OutcomeUnknown, or what the data is at fault with."""
        try:
            async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
                with measures.group_commit(entries):
                    await self._transaction(connection, entries, careful=careful)
        except RACES as fault:
            raise Again(str(fault)) from fault
        except LOST as fault:
            raise Again(f"the database is away: {fault!r}") from fault
        except asyncpg.LockNotAvailableError as fault:
            if len(entries) == 1:
                raise Again(str(fault)) from fault
            raise  # whose stream is it that is locked? the others shall not wait for it
        except asyncpg.UniqueViolationError as fault:
            if fault.constraint_name in RACED_KEYS:
                raise Again(str(fault)) from fault
            if len(entries) == 1 and str(fault.constraint_name).endswith(ONCE):
                part = entries[0].commit.parts[0]
                raise Conflict(part.stream, part.expected) from fault
            raise
        self.on_append()

    async def _transaction(
        self, connection: Any, entries: Sequence[Entry], *, careful: bool
    ) -> None:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await batch.write(connection, entries, self._target, careful=careful)
            await failpoint("store.written")
        except BaseException:
            with contextlib.suppress(*LOST, asyncpg.PostgresError):
                await transaction.rollback()
            raise
        try:
            await transaction.commit()
        except LOST as fault:
            raise OutcomeUnknown("the connection was lost while committing") from fault
        await failpoint("store.committed")


def _appended(outcome: Appended | ReglamentError | None) -> Appended:
    if isinstance(outcome, Appended):
        return outcome
    raise outcome or ReglamentError("no outcome")
