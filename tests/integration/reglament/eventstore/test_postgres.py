"""What only the store in PostgreSQL promises; see tests/contract for what every store does."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial

import asyncpg
import pytest

from reglament import metrics
from reglament.errors import Conflict, OutcomeUnknown, Unavailable
from reglament.events.topics import CONTENTS
from reglament.eventstore import verifying
from reglament.eventstore.postgres import PostgresEventStore
from reglament.eventstore.store import Answer, Appended, IdempotencyKey, Record
from reglament.failpoints import Failed, arm
from reglament.testing import AT
from tests.integration.reglament.eventstore.conftest import Rig, closing, opening
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration
WAITING = """
SELECT coalesce(e.type || e.version, r.topic) AS what FROM pending p
LEFT JOIN events e USING (position) LEFT JOIN records r USING (position) ORDER BY p.position"""

BLOCKED = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
OF_SECOND = "WHERE stream = $1 AND version = 2"


async def waiting(rig: Rig) -> list[str | None]:
    return [row["what"] for row in await rig.pool.fetch(WAITING)]


async def test_events_and_records_wait_for_the_relay_in_one_order(rig: Rig) -> None:
    record = Record(topic=CONTENTS, key="c1", value=b"{}")
    await rig.store.append(replace(opening("a"), records=(record,)))
    await rig.store.append(closing("a", 1))
    assert await waiting(rig) == ["TicketOpened1", CONTENTS, "TicketClosed2"]


async def test_a_newer_record_takes_the_place_of_one_that_was_not_sent(rig: Rig) -> None:
    for value in (b"1", b"2"):
        record = Record(topic=CONTENTS, key="c1", value=value)
        await rig.store.append(replace(opening(value.decode()), records=(record,)))
    assert await waiting(rig) == ["TicketOpened1", None, "TicketOpened1", CONTENTS]
    assert await rig.pool.fetchval("SELECT value FROM records") == b"2"


@pytest.mark.parametrize("statement", ["UPDATE events SET desk = 'x'", "DELETE FROM events"])
async def test_a_stored_event_cannot_be_changed(rig: Rig, statement: str) -> None:
    await rig.store.append(opening("a"))
    with pytest.raises(asyncpg.RestrictViolationError, match="only ever added"):
        await rig.pool.execute(statement)


async def test_a_change_past_the_trigger_is_found_with_its_place(rig: Rig) -> None:
    for ticket in "abc":
        await rig.store.append(opening(ticket))
        await rig.store.append(closing(ticket, 1))
    async with rig.pool.acquire() as connection:
        assert await verifying.verify_all(connection) == []
        await connection.execute("ALTER TABLE events DISABLE TRIGGER events_are_only_added")
        await connection.execute(f"UPDATE events SET at = now() {OF_SECOND}", "ticket/b")  # noqa: S608
        await connection.execute(f"DELETE FROM events {OF_SECOND}", "ticket/c")  # noqa: S608
        broken = await verifying.verify_all(connection, step=2)
    found = [(proof.stream, proof.broken_at, proof.fault) for proof in broken]
    assert found == [("ticket/b", 2, "content"), ("ticket/c", 2, "missing")]
    assert (await rig.store.verify("ticket/b")).fault == "content"


async def test_two_processes_give_one_stream_and_one_number_without_gap(rig: Rig) -> None:
    other = PostgresEventStore(rig.pool, "/reglament/test")
    await other.start()
    outcomes = await asyncio.gather(
        *(store.append(opening(f"t{n}")) for n in range(60) for store in (rig.store, other)),
        return_exceptions=True,
    )
    await other.stop()
    assert sum(isinstance(outcome, Appended) for outcome in outcomes) == 60
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 60
    drawn = {row["number"] for row in await rig.pool.fetch(NUMBERS)}
    assert drawn == {f"D-{number:04d}" for number in range(1, 61)}


NUMBERS = "SELECT convert_from(data, 'UTF8')::jsonb ->> 'number' AS number FROM events"


async def test_two_processes_answer_one_key_once(rig: Rig) -> None:
    other = PostgresEventStore(rig.pool, "/reglament/test")
    await other.start()
    for n in range(20):
        first, second = await asyncio.gather(
            rig.store.append(opening(f"a{n}", f"k{n}")), other.append(opening(f"b{n}", f"k{n}"))
        )
        assert first.replayed != second.replayed
        assert first.answer == second.answer
    await other.stop()
    assert await rig.pool.fetchval("SELECT count(*) FROM events") == 20


async def test_a_lost_answer_to_commit_is_said_and_the_same_key_gives_one_effect(
    rig: Rig,
) -> None:
    await rig.store.append(opening("warm"))
    rig.line.cut_at_commit = True
    with pytest.raises(OutcomeUnknown):
        await rig.store.append(opening("a", "k"))
    assert rig.line.cuts == 1
    again = await rig.store.append(opening("b", "k"))
    assert again.replayed
    assert list(await rig.store.load_many(["ticket/a", "ticket/b"])) == ["ticket/a"]


async def test_a_line_that_breaks_before_commit_is_mended_unseen(rig: Rig) -> None:
    await rig.store.append(opening("warm"))
    for n in range(5):
        rig.line.cut_all()
        appended = await rig.store.append(opening(f"t{n}", f"k{n}"))
        assert not appended.replayed
    assert await rig.pool.fetchval("SELECT count(*) FROM events") == 6


async def test_killed_backends_lose_and_double_nothing(rig: Rig) -> None:
    stopping = asyncio.Event()
    acknowledged: list[str] = []

    async def write(writer: int) -> None:
        count = 0
        while not stopping.is_set():
            ticket = f"w{writer}-{(count := count + 1)}"
            while True:
                try:
                    await rig.store.append(opening(ticket, ticket))
                except Unavailable:
                    await asyncio.sleep(0.01)
                    continue
                break
            acknowledged.append(ticket)

    writers = [asyncio.create_task(write(number)) for number in range(8)]
    try:
        for _ in range(5):
            before = len(acknowledged)
            await rig.pool.fetch(KILL)
            await eventually(partial(_has_grown, acknowledged, before + 20), 60)
    finally:
        stopping.set()
        await asyncio.gather(*writers)
    stored = [row["subject"] for row in await rig.pool.fetch("SELECT subject FROM events")]
    assert sorted(stored) == sorted(acknowledged)
    drawn = sorted(row["number"] for row in await rig.pool.fetch(NUMBERS))
    assert drawn == [f"D-{number:04d}" for number in range(1, len(stored) + 1)]


async def _has_grown(acknowledged: list[str], count: int) -> bool:
    return len(acknowledged) > count


KILL = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'store'"""


async def test_a_waiter_that_gives_up_does_no_harm_to_the_others(rig: Rig) -> None:
    tasks = [asyncio.create_task(rig.store.append(opening(f"t{n}"))) for n in range(50)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(outcome, Appended) for outcome in outcomes[1::2])
    assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes[::2])
    assert isinstance(await rig.store.append(opening("after")), Appended)
    idle = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"
    assert await rig.pool.fetchval(idle) == 0


async def test_a_stream_that_is_loaded_locked_waits_for_the_callers_transaction(
    rig: Rig,
) -> None:
    await rig.store.append(opening("a"))
    async with rig.pool.acquire() as connection:
        async with connection.transaction():
            streams = ["ticket/a", "ticket/none"]
            history = await rig.store.load_many(streams, connection=connection, lock=True)
            assert list(history) == ["ticket/a"]
            late = asyncio.create_task(rig.store.append(closing("a", 1)))
            await rig.store.append_in(connection, [closing("a", 1)])
            assert not late.done()
        with pytest.raises(Conflict):
            await late
    assert len(await rig.store.load("ticket/a")) == 2


async def test_what_was_written_while_the_lock_was_waited_for_is_loaded(rig: Rig) -> None:
    await rig.store.append(opening("a"))
    async with rig.pool.acquire() as first, rig.pool.acquire() as second, second.transaction():
        async with first.transaction():
            await rig.store.append_in(first, [closing("a", 1)])
            waiting = asyncio.create_task(
                rig.store.load_many(["ticket/a"], connection=second, lock=True)
            )
            await eventually(lambda: rig.pool.fetchval(BLOCKED))
        assert [one.sequence for one in (await waiting)["ticket/a"]] == [1, 2]


async def test_data_that_the_database_refuses_fails_alone(rig: Rig) -> None:
    bad = opening("bad\x00")
    outcomes = await asyncio.gather(
        rig.store.append(opening("a")),
        rig.store.append(bad),
        rig.store.append(opening("b")),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes][::2] == [Appended, Appended]
    assert isinstance(outcomes[1], asyncpg.CharacterNotInRepertoireError)
    assert await rig.pool.fetchval("SELECT next FROM numbers") == 3


async def test_a_stopped_store_takes_nothing_and_says_so(rig: Rig) -> None:
    writing = [asyncio.create_task(rig.store.append(opening(f"t{n}"))) for n in range(20)]
    await asyncio.sleep(0)
    await rig.store.stop()
    assert all(isinstance(one, Appended) for one in await asyncio.gather(*writing))
    with pytest.raises(Unavailable):
        await rig.store.append(opening("late"))


async def test_old_answers_are_forgotten(rig: Rig) -> None:
    await rig.store.append(opening("a", "k"))
    key = IdempotencyKey(scope="POST /x", key="k", body_hash=b"h")
    await rig.store.forget_answers(AT)
    assert await rig.store.answered(key) is not None
    await rig.store.forget_answers(AT + timedelta(seconds=1))
    assert await rig.store.answered(key) is None


async def test_once_refused_what_still_runs_under_the_key_comes_to_nothing(rig: Rig) -> None:
    commit, refusal = opening("a", "k"), Answer(status=422, body=b"no")
    assert commit.context.idempotency is not None
    first = await rig.store.remember(commit.context.idempotency, refusal, AT)
    late = await rig.store.append(commit)
    assert first.answer == late.answer == refusal
    assert (late.replayed, await rig.store.load("a")) == (True, ())


async def test_a_refusal_waits_for_what_is_being_carried_out(rig: Rig) -> None:
    commit = opening("a", "k")
    assert commit.context.idempotency is not None
    refusing = rig.store.remember(commit.context.idempotency, Answer(status=422, body=b""), AT)
    async with rig.pool.acquire() as connection:
        async with connection.transaction():
            (done,) = await rig.store.append_in(connection, [commit])
            asking = asyncio.create_task(refusing)
            assert await eventually(lambda: rig.pool.fetchval(BLOCKED))
        first = await asking
    assert first.answer is not None
    assert first.answer.status != 422
    assert first.answer == (done.answer or first.answer)


async def test_nothing_appears_below_what_is_settled(rig: Rig) -> None:
    async with rig.pool.acquire() as connection:
        async with connection.transaction():
            await rig.store.append_in(connection, [replace(opening("slow"), numbering=None)])
            await rig.store.append(replace(opening("fast"), numbering=None))
            asking = asyncio.create_task(rig.store.settled())
            assert [one.subject for _, one in await rig.store.read_all()] == ["fast"]
        settled = await asking
    subjects = [one.subject for position, one in await rig.store.read_all() if position <= settled]
    assert subjects == ["slow", "fast"]


async def test_the_store_counts_what_it_does(rig: Rig) -> None:
    def value(name: str, **labels: str) -> float:
        return metrics.REGISTRY.get_sample_value(name, labels) or 0.0

    before = value("store_events_total", type="TicketOpened"), value("store_conflicts_total")
    await rig.store.append(opening("a"))
    with pytest.raises(Conflict):
        await rig.store.append(opening("a"))
    after = value("store_events_total", type="TicketOpened"), value("store_conflicts_total")
    assert (after[0] - before[0], after[1] - before[1]) == (1, 1)


async def test_a_fault_between_writing_and_commit_leaves_nothing(rig: Rig) -> None:
    arm("store.written:raise")
    with pytest.raises(Failed):
        await rig.store.append(opening("a"))
    assert await rig.pool.fetchval("SELECT count(*) FROM events") == 0
    first = await rig.store.append(opening("a"))
    assert first.envelopes[0].sequence == 1
    assert await rig.pool.fetchval("SELECT next FROM numbers") == 2
