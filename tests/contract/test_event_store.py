"""What every event store promises: one suite, on memory and on PostgreSQL."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

import pytest

from reglament.database import connect_pool, migrate
from reglament.errors import Conflict, KeyReused, NotFound
from reglament.events.envelope import Envelope
from reglament.events.registry import ContentRef, Event
from reglament.events.tickets import TicketClosed, TicketOpened, TicketReturned
from reglament.eventstore.memory import MemoryEventStore
from reglament.eventstore.postgres import PostgresEventStore
from reglament.eventstore.store import (
    Answer,
    Appended,
    Commit,
    Context,
    EventStore,
    IdempotencyKey,
    Numbering,
    Record,
    StreamEvents,
)
from reglament.testing import AT, SYSTEM
from tests.support.stack import Databases

OPENED = TicketOpened(
    at=AT,
    actor=SYSTEM,
    channel="web",
    requester="r1",
    content=ContentRef(id="c1", version=1, digest="d"),
    priority="normal",
)
CLOSED = TicketClosed(at=AT, actor=SYSTEM)
KEY = IdempotencyKey(scope="POST /x", key="k", body_hash=b"h")
NUMBERS = Numbering(desk="desk", pattern="D-{sequence:04d}")


class Subject:
    """A store under test, and how its caller opens a transaction."""

    def __init__(self, store: EventStore, pool: Any = None) -> None:
        self.store, self._pool = store, pool

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        if self._pool is None:
            yield None
            return
        async with self._pool.acquire() as connection, connection.transaction():
            yield connection


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.integration)])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    if request.param == "memory":
        yield Subject(MemoryEventStore("/reglament/test"))
        return
    databases = Databases(admin=request.getfixturevalue("postgres_server"))
    pool = await connect_pool(await databases())
    await migrate(pool, ["reglament.eventstore.migrations"])
    store = PostgresEventStore(pool, "/reglament/test")
    await store.start()
    yield Subject(store, pool)
    await store.stop()
    await pool.close()
    await databases.drop()


@pytest.fixture
def store(subject: Subject) -> EventStore:
    return subject.store


def part(ticket: str, expected: int, *events: Event) -> StreamEvents:
    return StreamEvents(
        stream=f"ticket/{ticket}",
        subject=ticket,
        desk="desk",
        expected=expected,
        events=events,
        policy_version=3,
    )


def commit(*parts: StreamEvents, key: IdempotencyKey | None = None, **more: Any) -> Commit:
    return Commit(parts=parts, context=Context(recorded_at=AT, idempotency=key), **more)


def opening(ticket: str, key: IdempotencyKey | None = None) -> Commit:
    return commit(
        part(ticket, 0, OPENED),
        key=key,
        numbering=NUMBERS,
        answer=lambda envelopes: Answer(
            status=201, body=numbers(envelopes)[0].encode(), headers=(("etag", "1"),)
        ),
    )


def numbers(envelopes: Sequence[Envelope]) -> list[str]:
    return [cast("TicketOpened", envelope.event).number for envelope in envelopes]


async def test_what_is_appended_is_loaded_again_with_its_number_and_chain(
    store: EventStore,
) -> None:
    appended = await store.append(opening("a"))
    await store.append(commit(part("a", 1, CLOSED)))
    first, second = await store.load("ticket/a")
    assert first == appended.envelopes[0]
    assert numbers([first]) == ["D-0001"]
    assert b'"D-0001"' in first.data
    assert (first.sequence, second.sequence) == (1, 2)
    assert second.prev_hash == first.hash
    assert (first.policy_version, first.source) == (3, "/reglament/test")


async def test_every_attribute_of_an_envelope_survives(store: EventStore) -> None:
    context = Context(
        recorded_at=AT,
        causation_id="cause",
        correlation_id="story",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )
    appended = await store.append(Commit(parts=(part("a", 0, OPENED, CLOSED),), context=context))
    assert await store.load("ticket/a") == appended.envelopes


async def test_a_stream_without_events_is_empty(store: EventStore) -> None:
    assert await store.load("ticket/none") == ()
    assert await store.load_many(["ticket/none"]) == {}


async def test_concurrent_openings_get_numbers_without_gap_or_repeat(store: EventStore) -> None:
    appended = await asyncio.gather(*(store.append(opening(f"t{i}")) for i in range(200)))
    drawn = [numbers(one.envelopes)[0] for one in appended]
    assert drawn == [f"D-{number:04d}" for number in range(1, 201)]


async def test_a_conflict_fails_alone_and_draws_no_number(store: EventStore) -> None:
    await store.append(opening("a"))
    outcomes = await asyncio.gather(
        store.append(opening("b")),
        store.append(opening("a")),
        store.append(commit(part("a", 7, CLOSED))),
        store.append(opening("c")),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [Appended, Conflict, Conflict, Appended]
    assert cast("Conflict", outcomes[2]).actual == 1
    assert numbers((await store.append(opening("d"))).envelopes) == ["D-0004"]


async def test_writers_of_one_stream_leave_versions_without_hole(store: EventStore) -> None:
    await store.append(opening("a"))

    async def write() -> None:
        while True:
            version = len(await store.load("ticket/a"))
            try:
                await store.append(commit(part("a", version, CLOSED)))
            except Conflict:
                continue
            return

    await asyncio.gather(*(write() for _ in range(10)))
    history = await store.load("ticket/a")
    assert [envelope.sequence for envelope in history] == list(range(1, 12))
    assert all(later.prev_hash == earlier.hash for earlier, later in itertools.pairwise(history))


async def test_the_same_key_gets_the_first_answer_and_one_effect(store: EventStore) -> None:
    first, second = await asyncio.gather(
        store.append(opening("a", KEY)), store.append(opening("b", KEY))
    )
    assert (first.replayed, second.replayed) == (False, True)
    assert (
        first.answer
        == second.answer
        == Answer(status=201, body=b"D-0001", headers=(("etag", "1"),))
    )
    assert list(await store.load_many(["ticket/a", "ticket/b"])) == ["ticket/a"]
    assert await store.answered(KEY) == second


async def test_the_same_key_with_another_body_is_refused(store: EventStore) -> None:
    other = replace(KEY, body_hash=b"other")
    assert await store.answered(KEY) is None
    await store.append(opening("a", KEY))
    with pytest.raises(KeyReused):
        await store.append(opening("b", other))
    with pytest.raises(KeyReused):
        await store.answered(other)
    assert await store.load("ticket/b") == ()


async def test_a_conflict_leaves_its_key_free_for_the_next_try(store: EventStore) -> None:
    await store.append(opening("a"))
    with pytest.raises(Conflict):
        await store.append(opening("a", KEY))
    assert not (await store.append(opening("b", KEY))).replayed


async def test_an_answer_is_remembered_also_where_nothing_happened(store: EventStore) -> None:
    nothing = commit(key=KEY, answer=lambda _: Answer(status=200, body=b"as it was"))
    assert not (await store.append(nothing)).replayed
    again = await store.append(nothing)
    assert again.replayed
    assert again.answer == Answer(status=200, body=b"as it was")


async def test_a_part_that_conflicts_takes_the_whole_commit_with_it(store: EventStore) -> None:
    await store.append(opening("a"))
    with pytest.raises(Conflict):
        await store.append(commit(part("a", 1, CLOSED), part("b", 7, CLOSED)))
    assert len(await store.load("ticket/a")) == 1


async def test_a_split_draws_a_number_for_each_new_ticket(store: EventStore) -> None:
    await store.append(opening("a"))
    split = commit(
        part("a", 1, CLOSED), part("b", 0, OPENED), part("c", 0, OPENED), numbering=NUMBERS
    )
    appended = await store.append(split)
    assert numbers(appended.envelopes[1:]) == ["D-0002", "D-0003"]


async def test_a_number_that_was_given_is_kept(store: EventStore) -> None:
    returned = TicketReturned(
        at=AT,
        actor=SYSTEM,
        channel="web",
        requester="r",
        content=OPENED.content,
        priority="normal",
    )
    await store.append(commit(part("a", 0, returned), numbering=NUMBERS))
    kept = replace_number(OPENED, "D-0001")
    appended = await store.append(commit(part("a", 1, kept), numbering=NUMBERS))
    assert numbers(appended.envelopes) == ["D-0001"]
    assert numbers((await store.append(opening("b"))).envelopes) == ["D-0002"]


def replace_number(event: TicketOpened, number: str) -> TicketOpened:
    values = {name: getattr(event, name) for name in event.__struct_fields__}
    return TicketOpened(**{**values, "number": number})


async def test_commits_may_follow_one_another_on_a_stream_in_a_callers_transaction(
    subject: Subject,
) -> None:
    commits = [opening("a"), commit(part("a", 1, CLOSED)), commit(part("a", 2, CLOSED, CLOSED))]
    async with subject.transaction() as connection:
        appended = await subject.store.append_in(connection, commits)
    envelopes = tuple(envelope for one in appended for envelope in one.envelopes)
    assert await subject.store.load("ticket/a") == envelopes
    assert [envelope.sequence for envelope in envelopes] == [1, 2, 3, 4]
    assert (await subject.store.verify("ticket/a")).broken_at is None


async def test_streams_that_the_caller_holds_go_on_as_they_were_loaded(subject: Subject) -> None:
    await subject.store.append(opening("a"))
    streams = ["ticket/a", "ticket/b"]
    async with subject.transaction() as connection:
        held = await subject.store.load_many(streams, connection=connection, lock=True)
        commits = [commit(part("a", 1, CLOSED)), opening("b"), commit(part("a", 2, CLOSED))]
        await subject.store.append_in(connection, commits, held)
    assert [one.sequence for one in await subject.store.load("ticket/a")] == [1, 2, 3]
    assert [one.sequence for one in await subject.store.load("ticket/b")] == [1]
    assert (await subject.store.verify("ticket/a")).broken_at is None


async def test_a_stream_that_began_after_it_was_found_to_be_new_is_a_conflict(
    subject: Subject,
) -> None:
    await subject.store.append(opening("a"))
    with pytest.raises(Conflict):
        async with subject.transaction() as connection:
            await subject.store.append_in(connection, [opening("a")], {})


async def test_a_conflict_in_a_callers_transaction_leaves_nothing(subject: Subject) -> None:
    await subject.store.append(opening("a"))
    with pytest.raises(Conflict):
        async with subject.transaction() as connection:
            await subject.store.append_in(connection, [opening("b"), opening("a")])
    assert await subject.store.load("ticket/b") == ()
    assert numbers((await subject.store.append(opening("c"))).envelopes) == ["D-0002"]


async def test_all_events_are_read_in_the_order_of_their_streams(store: EventStore) -> None:
    record = Record(topic="reglament.contents.v1", key="c1", value=b"{}")
    await store.append(replace(opening("a"), records=(record,)))
    await store.append(opening("b"))
    await store.append(commit(part("a", 1, CLOSED, CLOSED)))
    everything = await store.read_all()
    assert [(one.subject, one.sequence) for _, one in everything] == [
        ("a", 1),
        ("b", 1),
        ("a", 2),
        ("a", 3),
    ]
    positions = [position for position, _ in everything]
    assert positions == sorted(set(positions))
    assert await store.settled() == positions[-1]
    assert await store.read_all(positions[1], 1) == [everything[2]]


async def test_a_whole_history_proves_itself(store: EventStore) -> None:
    await store.append(commit(part("a", 0, OPENED, CLOSED)))
    proof = await store.verify("ticket/a")
    assert (proof.version, proof.broken_at) == (2, None)
    assert proof.head == (await store.load("ticket/a"))[-1].hash
    with pytest.raises(NotFound):
        await store.verify("ticket/none")
