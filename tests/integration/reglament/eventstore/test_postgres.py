"""The event store on a real PostgreSQL: group commit, conflicts, numbers, keys."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import asyncpg
import pytest

from reglament.database import connect_pool, migrate
from reglament.errors import Conflict, KeyReused
from reglament.events.registry import Actor, ContentRef
from reglament.events.tickets import TicketClosed, TicketOpened
from reglament.eventstore.postgres import PostgresEventStore
from reglament.eventstore.store import (
    Answer,
    Commit,
    Context,
    IdempotencyKey,
    Numbering,
    Record,
    StreamEvents,
)
from reglament.ids import new_id
from tests.support.stack import Databases

pytestmark = pytest.mark.integration
AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
ACTOR = Actor(kind="requester", id="r1")
CONTENT = ContentRef(id="c1", version=1, digest="d")
OPENED = TicketOpened(
    at=AT, actor=ACTOR, channel="web", requester="r1", content=CONTENT, priority="normal"
)
CLOSED = TicketClosed(at=AT, actor=ACTOR)


@pytest.fixture
async def store(postgres: Databases) -> AsyncIterator[PostgresEventStore]:
    pool = await connect_pool(await postgres())
    await migrate(pool, ["reglament.eventstore.migrations"])
    store = PostgresEventStore(pool, "/reglament/test")
    await store.start()
    yield store
    await store.stop()
    await pool.close()


def opening(ticket: str, key: IdempotencyKey | None = None) -> Commit:
    return Commit(
        parts=(
            StreamEvents(
                stream=f"ticket/{ticket}",
                subject=ticket,
                desk="remsys",
                expected=0,
                events=(OPENED,),
                policy_version=3,
            ),
        ),
        context=Context(recorded_at=AT, idempotency=key),
        numbering=Numbering(desk="remsys", pattern="REM-{sequence:06d}"),
        answer=lambda envelopes: Answer(status=201, body=envelopes[0].data),
    )


def closing(ticket: str, expected: int) -> Commit:
    part = StreamEvents(
        stream=f"ticket/{ticket}",
        subject=ticket,
        desk="remsys",
        expected=expected,
        events=(CLOSED,),
    )
    return Commit(parts=(part,), context=Context(recorded_at=AT))


async def test_what_is_appended_is_loaded_again_with_its_number_and_chain(
    store: PostgresEventStore,
) -> None:
    appended = await store.append(opening("a"))
    await store.append(closing("a", 1))
    first, second = await store.load("ticket/a")
    assert first == appended.envelopes[0]
    assert getattr(first.event, "number") == "REM-000001"  # noqa: B009 - of the base class
    assert (first.sequence, second.sequence) == (1, 2)
    assert second.prev_hash == first.hash
    assert first.policy_version == 3


async def test_concurrent_openings_get_numbers_without_gap_or_repeat(
    store: PostgresEventStore,
) -> None:
    tickets = [new_id() for _ in range(200)]
    results = await asyncio.gather(*(store.append(opening(ticket)) for ticket in tickets))
    numbers = sorted(getattr(result.envelopes[0].event, "number") for result in results)  # noqa: B009
    assert numbers == [f"REM-{number:06d}" for number in range(1, 201)]


async def test_a_conflict_fails_alone_and_draws_no_number(store: PostgresEventStore) -> None:
    await store.append(opening("a"))
    first, conflict, other = await asyncio.gather(
        store.append(opening("b")),
        store.append(opening("a")),
        store.append(opening("c")),
        return_exceptions=True,
    )
    assert isinstance(conflict, Conflict)
    assert conflict.actual == 1
    assert not isinstance(first, BaseException)
    assert not isinstance(other, BaseException)
    last = await store.append(opening("d"))
    assert getattr(last.envelopes[0].event, "number") == "REM-000004"  # noqa: B009


async def test_ten_writers_of_one_stream_leave_versions_without_hole(
    store: PostgresEventStore,
) -> None:
    await store.append(opening("a"))

    async def write() -> None:
        while True:
            try:
                await store.append(closing("a", len(await store.load("ticket/a"))))
            except Conflict:
                continue
            return

    await asyncio.gather(*(write() for _ in range(10)))
    history = await store.load("ticket/a")
    assert [envelope.sequence for envelope in history] == list(range(1, 12))
    assert all(later.prev_hash == earlier.hash for earlier, later in itertools.pairwise(history))


async def test_the_same_key_gets_the_first_answer_and_one_ticket(
    store: PostgresEventStore,
) -> None:
    key = IdempotencyKey(scope="POST /x", key="k", body_hash=b"h")
    first, second = await asyncio.gather(
        store.append(opening("a", key)), store.append(opening("b", key))
    )
    assert {first.replayed, second.replayed} == {False, True}
    assert first.answer == second.answer
    assert len(await store.load_many(["ticket/a", "ticket/b"])) == 1
    with pytest.raises(KeyReused):
        await store.append(opening("c", replace(key, body_hash=b"other")))


async def test_a_conflict_leaves_its_key_free_for_the_next_try(
    store: PostgresEventStore,
) -> None:
    key = IdempotencyKey(scope="POST /x", key="k", body_hash=b"h")
    await store.append(opening("a"))
    with pytest.raises(Conflict):
        await store.append(opening("a", key))
    assert not (await store.append(opening("b", key))).replayed


async def test_every_event_and_record_waits_for_the_relay_in_order(
    store: PostgresEventStore, postgres: Databases
) -> None:
    record = Record(topic="reglament.contents.v1", key="c1", value=b"{}")
    await store.append(replace(opening("a"), records=(record,)))
    await store.append(closing("a", 1))
    async with store._pool.acquire() as connection:
        waiting = await connection.fetch(
            "SELECT coalesce(e.type, r.topic) AS what FROM pending p LEFT JOIN events e "
            "USING (position) LEFT JOIN records r USING (position) ORDER BY p.position"
        )
    assert [row["what"] for row in waiting] == [
        "TicketOpened",
        "reglament.contents.v1",
        "TicketClosed",
    ]


async def test_a_stored_event_cannot_be_changed(store: PostgresEventStore) -> None:
    await store.append(opening("a"))
    async with store._pool.acquire() as connection:
        for statement in ("UPDATE events SET desk = 'x'", "DELETE FROM events"):
            with pytest.raises(asyncpg.RestrictViolationError, match="only ever added"):
                await connection.execute(statement)


async def test_a_part_that_conflicts_takes_the_whole_commit_with_it(
    store: PostgresEventStore,
) -> None:
    await store.append(opening("a"))
    both = Commit(
        parts=(*closing("a", 1).parts, *closing("b", 7).parts),
        context=Context(recorded_at=AT),
    )
    with pytest.raises(Conflict):
        await store.append(both)
    assert len(await store.load("ticket/a")) == 1
