"""A projection thrown away and built again beside the live one (architecture 9).

Readers are never disturbed, writers twice for a moment: once to take a snapshot in which both
tables stand at the same event, once to swap. In between the two are compared, row for row.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from asyncpg import DeadlockDetectedError, LockNotAvailableError

from reglament import rebuild_tables as tables
from reglament.events.envelope import Envelope
from reglament.projections import Projection, table_of
from reglament.rebuild_pace import ahead
from reglament.rebuild_rows import NewTable
from reglament.rebuild_tables import Differing

T = TypeVar("T")
Batches = AsyncIterator[Sequence[Envelope]]
Told = Callable[[str, int, int], Awaitable[None]]
CAUGHT_UP, ROUNDS = 1000, 10
TRIES, PAUSE_SECONDS = 40, 0.25
LOCKED = (LockNotAvailableError, DeadlockDetectedError)


class Source(Protocol):
    """Where a projection's events come from, from the first one, each subject's in order."""

    async def total(self) -> int:
        """About how many there are."""
        ...

    def read(self) -> Batches:
        """What was not given yet, up to about now."""
        ...

    async def hold(self, connection: Any) -> None:
        """Stop whoever writes the live table until the connection's transaction ends."""
        ...

    def rest(self, connection: Any) -> Batches:
        """While it is held: what was not given yet, up to exactly what the live table knows."""
        ...


class Busy(RuntimeError):
    """The live table is read or written by something that does not let go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """Three connections of the rebuild's own, without a bound on statements.

    build: writes the new table; hold: stops the writers, and swaps; look: compares.
    """

    build: Any
    hold: Any
    look: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What came of a rebuild. The hashes are over all rows, by key, at the same event."""

    table: str
    events: int
    rows: int
    live_hash: str
    new_hash: str
    differing: tuple[Differing, ...] = ()
    swapped: bool = False

    @property
    def is_same(self) -> bool:
        """Whether the live table said the very same, row for row."""
        return self.live_hash == self.new_hash and not self.differing


async def _untold(_: str, __: int, ___: int) -> None:
    return None


@dataclass(slots=True, kw_only=True)
class Rebuild:
    """One rebuild. accept: swap although rows differ; shown: how many of those are given;

    told: phase, events so far, events in all. A rebuild that was killed is started again, from
    the first event: what it left behind is dropped.
    """

    projection: Projection
    source: Source
    hands: Hands
    told: Told = _untold
    accept: bool = False
    shown: int = 10
    _events: int = 0
    _total: int = 0
    _since: set[str] | None = None
    _runner: NewTable = field(init=False)

    @property
    def live(self) -> str:
        """The table that is read. It must exist (its migration made it)."""
        return table_of(self.projection)

    async def run(self) -> Rebuilt:
        """Build, compare, swap. Raises Busy, and what the database or Kafka raise."""
        await tables.prepare(self.hands.build, self.live)
        self._runner = NewTable(self.projection, tables.new_of(self.live))
        self._total = await self.source.total()
        await self._catch_up("reading")
        await self.hands.build.execute(f"ANALYZE {tables.new_of(self.live)}")
        result = await self._compared()
        if result.is_same or self.accept:
            await self._catch_up("swapping")
            late = await self._stopped(self._swap)
            if late:
                result = _differing(result, late)
        if result.differing and not self.accept:
            await tables.drop(self.hands.build, self.live)
            return result
        await self._when_free(lambda: tables.drop(self.hands.build, self.live))
        return Rebuilt(**{**_fields(result), "events": self._events, "swapped": True})

    async def _catch_up(self, phase: str) -> None:
        """Until what is left is little enough to be read while the writers wait."""
        for _ in range(ROUNDS):
            before = self._events
            async with aclosing(ahead(self.source.read())) as batches:
                async for batch in batches:
                    await self._apply(batch)
                    await self.told(phase, self._events, max(self._total, self._events))
            if self._events - before < CAUGHT_UP:
                return

    async def _apply(self, batch: Sequence[Envelope]) -> None:
        async with self.hands.build.transaction():
            changed = await self._runner.apply(self.hands.build, batch)
        self._events += len(batch)
        if self._since is not None:
            self._since.update(changed)

    async def _stopped(self, action: Callable[[], Awaitable[T]]) -> T:
        """Do it while the writers wait, and both tables stand at the same event."""

        async def once() -> T:
            async with self.hands.hold.transaction():
                await self.source.hold(self.hands.hold)
                async for batch in self.source.rest(self.hands.hold):
                    await self._apply(batch)
                return await action()

        return await self._when_free(once)

    async def _when_free(self, action: Callable[[], Awaitable[T]]) -> T:
        """Try again where a lock is not had soon: nobody shall wait behind us for long."""
        for _ in range(TRIES):
            try:
                return await action()
            except LOCKED:
                await asyncio.sleep(PAUSE_SECONDS)
        raise Busy(f"{self.live} was not let go of within {TRIES} tries")

    async def _compared(self) -> Rebuilt:
        """From a snapshot in which both stand at the same event, while the writers go on."""
        await self.told("comparing", self._events, self._events)
        look = self.hands.look.transaction(isolation="repeatable_read", readonly=True)
        await look.start()
        try:
            await self._stopped(self._snapshot)
            return await self._hashes()
        finally:
            await look.rollback()

    async def _snapshot(self) -> None:
        await self.hands.look.execute("SELECT 1")
        self._since = set()

    async def _hashes(self) -> Rebuilt:
        new, connection = tables.new_of(self.live), self.hands.look
        snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
        live_hash, new_hash = await asyncio.gather(
            tables.table_hash(connection, self.live), self._hash_of_new(snapshot)
        )
        same = live_hash == new_hash
        return Rebuilt(
            table=self.live,
            events=self._events,
            rows=await tables.count(connection, new),
            live_hash=live_hash,
            new_hash=new_hash,
            differing=()
            if same
            else await tables.differing(connection, self.live, limit=self.shown),
        )

    async def _hash_of_new(self, snapshot: str) -> str:
        """At the same time as the live one's, in another session that sees the same."""
        async with self.hands.build.transaction(isolation="repeatable_read", readonly=True):
            await self.hands.build.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            return await tables.table_hash(self.hands.build, tables.new_of(self.live))

    async def _swap(self) -> tuple[Differing, ...]:
        """By renaming, in the transaction that holds the writers: it ends, and they go on there.

        First what changed since the snapshot is compared as well; rows that differ prevent it.
        """
        late = await tables.differing(
            self.hands.hold, self.live, limit=self.shown, only=self._since or ()
        )
        if not late or self.accept:
            await tables.swap(self.hands.hold, self.live)
        return late


def _fields(result: Rebuilt) -> dict[str, Any]:
    return {name: getattr(result, name) for name in result.__slots__}


def _differing(result: Rebuilt, late: tuple[Differing, ...]) -> Rebuilt:
    return Rebuilt(**{**_fields(result), "differing": (*result.differing, *late)})
