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
from reglament.rebuild import rebuild, table_hash
from reglament.testing import AT, SYSTEM, envelopes
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
    own = await connect(dsn)
    yield Parts(pool=pool, store=store, own=own)
    await own.close()
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
    rebuilt = await rebuild(Closures(), OwnEvents(parts.pool), parts.own)
    assert (rebuilt.is_same, rebuilt.swapped, rebuilt.events) == (True, True, 50)
    assert await rows(parts.pool) == before
    assert sorted(map(tuple, await parts.pool.fetch(indexes))) == names
    await parts.close("t0", 1)
    assert (await rows(parts.pool))[0][1] == 2


async def test_a_live_table_that_went_wrong_is_found_and_mended(parts: Parts) -> None:
    await asyncio.gather(*(parts.close(f"t{number}", 0) for number in range(5)))
    good = await rows(parts.pool)
    await parts.pool.execute("UPDATE closures_v1 SET times = 9 WHERE key = 't3'")
    shadow = await rebuild(Closures(), OwnEvents(parts.pool), parts.own, swap=False)
    assert not shadow.is_same
    assert (await rows(parts.pool))[3][1] == 9
    assert not (await rebuild(Closures(), OwnEvents(parts.pool), parts.own)).is_same
    assert await rows(parts.pool) == good


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
        assert (await rebuild(Closures(), OwnEvents(parts.pool), parts.own)).is_same
    stopping.set()
    versions = await asyncio.gather(*writers)
    found = {row[0]: row[1] for row in await rows(parts.pool)}
    assert [found[f"t{number}"] for number in range(8)] == versions


class Late:
    """A source whose live table is fed by a consumer: two batches, the second at the end."""

    def __init__(self, first: Sequence[Envelope], second: Sequence[Envelope]) -> None:
        self._first, self._second = first, second

    async def read(self) -> AsyncIterator[Sequence[Envelope]]:
        yield self._first

    async def rest(self, connection: Any) -> AsyncIterator[Sequence[Envelope]]:
        assert connection.is_in_transaction()
        yield self._second


async def test_the_rest_of_the_events_comes_while_the_live_table_stands_still(
    parts: Parts,
) -> None:
    history = envelopes("t", CLOSED, CLOSED, CLOSED)
    runner = ProjectionRunner(Closures())
    async with parts.own.transaction():
        await runner.apply(parts.own, history)
    assert (await rebuild(Closures(), Late(history[:2], history[2:]), parts.own)).is_same
    lost = await rebuild(Closures(), Late(history[:2], ()), parts.own, swap=False)
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
