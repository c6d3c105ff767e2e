"""A projection can be thrown away: built beside the live one, compared, swapped in."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from reglament.database import connect, connect_pool, migrate
from reglament.events.envelope import Envelope
from reglament.events.registry import Event
from reglament.events.tickets import TicketClosed, TicketReopened
from reglament.eventstore.history import OwnEvents
from reglament.eventstore.postgres import PostgresEventStore
from reglament.eventstore.store import Commit, Context, StreamEvents
from reglament.projections import ProjectionRunner, Row
from reglament.rebuild import Busy, Hands, Rebuild, Rebuilt, Source
from reglament.rebuild_tables import table_hash
from reglament.testing import AT, SYSTEM, envelopes
from tests.support.crowding import crowding
from tests.support.stack import Databases

pytestmark = pytest.mark.integration
CLOSED = TicketClosed(at=AT, actor=SYSTEM)
REOPENED = TicketReopened(at=AT, actor=SYSTEM, reason="agent")
TABLE = """
CREATE TABLE closures_v1 (
    key text PRIMARY KEY,
    times int NOT NULL,
    last timestamptz,
    tags jsonb,
    twice int GENERATED ALWAYS AS (times * 2) STORED
);
CREATE INDEX closures_by_times ON closures_v1 (times);
CREATE UNIQUE INDEX closures_by_key_and_times ON closures_v1 (key, times)"""


class Closures:
    """How often each ticket was closed; a reopened one has no row."""

    name = "closures"
    version = 1
    handles: Collection[type[Event]] = (TicketClosed, TicketReopened)

    def keys(self, envelope: Envelope) -> Collection[str]:
        return (envelope.subject,)

    def project(self, key: str, row: Row | None, envelope: Envelope) -> Row | None:
        if isinstance(envelope.event, TicketReopened):
            return None
        times = row["times"] if row else 0
        return {"times": times + 1, "last": envelope.at.isoformat(), "tags": ["x", {"ы": 1}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    pool: Any
    store: PostgresEventStore
    own: Any
    hands: Hands

    async def rebuild(self, source: Source | None = None, *, accept: bool = False) -> Rebuilt:
        given = source or OwnEvents(self.pool)
        wanted = Rebuild(projection=Closures(), source=given, hands=self.hands, accept=accept)
        return await wanted.run()

    async def close(self, ticket: str, expected: int, *events: Event) -> None:
        part = StreamEvents(
            stream=f"ticket/{ticket}",
            subject=ticket,
            desk="desk",
            expected=expected,
            events=events or (CLOSED,),
        )
        await self.store.append(Commit(parts=(part,), context=Context(recorded_at=AT)))


@pytest.fixture
async def parts(postgres: Databases) -> AsyncIterator[Parts]:
    dsn = await postgres()
    pool = await connect_pool(dsn)
    await migrate(pool, ["reglament.eventstore.migrations"])
    await pool.execute(TABLE)
    store = PostgresEventStore(pool, "/reglament/test", [ProjectionRunner(Closures())])
    await store.start()
    own, hold, look = [await connect(dsn) for _ in range(3)]
    await hold.execute("SET lock_timeout = '300ms'")
    hands = Hands(build=own, hold=hold, look=look)
    yield Parts(pool=pool, store=store, own=own, hands=hands)
    for connection in (own, hold, look):
        await connection.close()
    await store.stop()
    await pool.close()


async def rows(pool: Any) -> list[tuple[Any, ...]]:
    found = await pool.fetch("SELECT key, times, tags::text, twice FROM closures_v1 ORDER BY key")
    return [tuple(row) for row in found]


async def test_a_projection_follows_its_events_in_their_transaction(parts: Parts) -> None:
    await asyncio.gather(*(parts.close(ticket, 0) for ticket in "abc"))
    await parts.close("a", 1, CLOSED, CLOSED)
    await parts.close("b", 1, REOPENED)
    tags = '["x", {"ы": 1}]'
    assert await rows(parts.pool) == [("a", 3, tags, 6), ("c", 1, tags, 2)]


async def test_a_rebuilt_projection_equals_the_live_one_and_takes_its_place(parts: Parts) -> None:
    await asyncio.gather(*(parts.close(f"t{number}", 0) for number in range(50)))
    before = await rows(parts.pool)
    indexes = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'closures_v1'"
    names = sorted(map(tuple, await parts.pool.fetch(indexes)))
    rebuilt = await parts.rebuild()
    assert (rebuilt.is_same, rebuilt.swapped, rebuilt.events) == (True, True, 50)
    assert await rows(parts.pool) == before
    assert sorted(map(tuple, await parts.pool.fetch(indexes))) == names
    await parts.close("t0", 1)
    assert (await rows(parts.pool))[0][1] == 2


async def test_a_live_table_that_went_wrong_is_told_row_by_row_and_mended_when_accepted(
    parts: Parts,
) -> None:
    await asyncio.gather(*(parts.close(f"t{number}", 0) for number in range(5)))
    good = await rows(parts.pool)
    await parts.pool.execute("UPDATE closures_v1 SET times = 9 WHERE key = 't3'")
    await parts.pool.execute("DELETE FROM closures_v1 WHERE key = 't4'")
    found = await parts.rebuild()
    assert (found.is_same, found.swapped) == (False, False)
    assert [(row.key, row.live is None) for row in found.differing] == [("t3", False), ("t4", True)]
    assert (await rows(parts.pool))[3][1] == 9
    assert (await parts.rebuild(accept=True)).swapped
    assert await rows(parts.pool) == good
    assert await tables(parts.pool) == ["closures_v1"]


async def tables(pool: Any) -> list[str]:
    found = "SELECT relname FROM pg_class WHERE relname LIKE 'closures%' AND relkind = 'r'"
    return [row["relname"] for row in await pool.fetch(found)]


async def test_no_reader_fails_or_sees_an_empty_table_while_it_is_rebuilt_and_swapped(
    parts: Parts,
) -> None:
    await asyncio.gather(*(parts.close(f"t{number}", 0) for number in range(50)))
    stopping, reads = asyncio.Event(), 0

    async def read() -> None:
        nonlocal reads
        while not stopping.is_set():
            async with parts.pool.acquire() as connection:
                statement = await connection.prepare("SELECT count(*) FROM closures_v1")
                for _ in range(20):
                    assert await statement.fetchval() == 50
                    reads += 1

    readers = [asyncio.create_task(read()) for _ in range(4)]
    for _ in range(5):
        assert (await parts.rebuild()).swapped
    stopping.set()
    await asyncio.gather(*readers)
    assert reads > 100


async def test_a_reader_that_does_not_let_go_delays_the_swap_and_no_other_reader(
    parts: Parts,
) -> None:
    await parts.close("a", 0)
    async with parts.pool.acquire() as slow, parts.pool.acquire() as other:
        async with slow.transaction():
            await slow.fetchval("SELECT count(*) FROM closures_v1")
            rebuilding = asyncio.create_task(parts.rebuild())
            for _ in range(20):
                async with asyncio.timeout(crowding()):
                    await other.fetchval("SELECT count(*) FROM closures_v1")
                await asyncio.sleep(0.05)
            assert not rebuilding.done()
        assert (await rebuilding).swapped


async def test_what_a_killed_rebuild_left_is_swept_away_by_the_next(parts: Parts) -> None:
    await parts.close("a", 0)

    class Killed(OwnEvents):
        async def rest(self, connection: Any) -> AsyncIterator[Sequence[Envelope]]:
            raise asyncio.CancelledError
            yield ()

    with pytest.raises(asyncio.CancelledError):
        await parts.rebuild(Killed(parts.pool))
    assert await tables(parts.pool) == ["closures_v1", "closures_v1__new"]
    assert (await parts.rebuild()).is_same
    assert await tables(parts.pool) == ["closures_v1"]


async def test_a_table_that_is_never_let_go_of_is_not_swapped(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reglament.rebuild.TRIES", 2)
    await parts.close("a", 0)
    async with parts.pool.acquire() as slow, slow.transaction():
        await slow.fetchval("SELECT count(*) FROM closures_v1")
        with pytest.raises(Busy):
            await parts.rebuild()


async def test_events_that_come_during_a_rebuild_are_in_it_and_none_waits_for_long(
    parts: Parts,
) -> None:
    await asyncio.gather(*(parts.close(f"t{number}", 0) for number in range(20)))
    stopping = asyncio.Event()

    async def write(ticket: str) -> int:
        version = 1
        while not stopping.is_set():
            await parts.close(ticket, version)
            version += 1
        return version

    writers = [asyncio.create_task(write(f"t{number}")) for number in range(8)]
    for _ in range(3):
        assert (await parts.rebuild()).is_same
    stopping.set()
    versions = await asyncio.gather(*writers)
    found = {row[0]: row[1] for row in await rows(parts.pool)}
    assert [found[f"t{number}"] for number in range(8)] == versions


class Late:
    """A source whose live table is fed by a consumer: two batches, the second at the end."""

    def __init__(self, first: Sequence[Envelope], second: Sequence[Envelope]) -> None:
        self._first, self._second = first, second

        self._reads = 0

    async def total(self) -> int:
        return len(self._first)

    async def read(self) -> AsyncIterator[Sequence[Envelope]]:
        self._reads += 1
        if self._reads == 1:
            yield self._first

    async def hold(self, connection: Any) -> None:
        assert connection.is_in_transaction()

    async def rest(self, connection: Any) -> AsyncIterator[Sequence[Envelope]]:
        assert connection.is_in_transaction()
        second, self._second = self._second, ()
        yield second


async def test_the_rest_of_the_events_comes_while_the_live_table_stands_still(
    parts: Parts,
) -> None:
    history = envelopes("t", CLOSED, CLOSED, CLOSED)
    runner = ProjectionRunner(Closures())
    async with parts.own.transaction():
        await runner.apply(parts.own, history)
    assert (await parts.rebuild(Late(history[:2], history[2:]))).is_same
    lost = await parts.rebuild(Late(history[:2], ()))
    assert not lost.is_same


async def test_the_hash_of_a_table_does_not_depend_on_the_order_on_disk(parts: Parts) -> None:
    await parts.close("a", 0)
    await parts.close("b", 0)
    before = await table_hash(parts.pool, "closures_v1")
    await parts.pool.execute("UPDATE closures_v1 SET times = times WHERE key = 'a'")
    assert await table_hash(parts.pool, "closures_v1") == before
    await parts.pool.execute("UPDATE closures_v1 SET times = times + 1 WHERE key = 'a'")
    assert await table_hash(parts.pool, "closures_v1") != before


async def test_a_read_model_that_fails_takes_its_events_along_and_no_neighbours(
    parts: Parts,
) -> None:
    await parts.pool.execute("ALTER TABLE closures_v1 ADD CHECK (key <> 'bad')")
    good, bad = await asyncio.gather(
        parts.close("good", 0), parts.close("bad", 0), return_exceptions=True
    )
    assert good is None
    assert isinstance(bad, asyncpg.CheckViolationError)
    assert await parts.store.load("ticket/bad") == ()
    assert [row[0] for row in await rows(parts.pool)] == ["good"]
