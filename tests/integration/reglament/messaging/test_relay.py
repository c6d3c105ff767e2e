"""From the event table into Kafka: nothing skipped, nothing out of order, whoever dies."""

import asyncio
import signal

import pytest

from reglament.command_handler import handle
from reglament.events.topics import CONTENTS
from reglament.eventstore.store import Record
from reglament.failpoints import arm
from reglament.ids import new_id
from reglament.lifespan import Supervisor
from reglament.messaging.outbox import Share
from reglament.messaging.relay import LIMIT
from tests.integration.reglament.messaging.conftest import Bench
from tests.integration.reglament.messaging.source import (
    PARENT,
    Source,
    insist,
    relay_process,
    sequences,
    submission,
)
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration


async def test_ten_writers_lose_nothing_and_keep_each_tickets_order(source: Source) -> None:
    tickets = [new_id() for _ in range(10)]

    async def write(number: int) -> None:
        for step in range(40):
            await insist(source, submission(tickets[(number + step) % 10]))

    async with source.relaying():
        await asyncio.gather(*(write(number) for number in range(10)))
        await source.drained()
    records = await source.in_kafka()
    for ticket in tickets:
        assert sequences(records[ticket]) == list(range(1, 41))


async def test_two_relays_share_an_outbox_by_ticket(source: Source) -> None:
    tickets = [new_id() for _ in range(12)]
    for _ in range(5):
        for ticket in tickets:
            await handle(source.store, submission(ticket))
    async with source.relaying(Share(0, 2)):

        async def one_share_is_left() -> bool:
            return bool(0 < await source.pool.fetchval("SELECT count(*) FROM pending") < 60)

        await eventually(one_share_is_left)
        async with source.relaying(Share(1, 2)):
            await source.drained()
    records = await source.in_kafka()
    for ticket in tickets:
        assert sequences(records[ticket]) == [1, 2, 3, 4, 5]


async def test_a_backlog_of_several_batches_goes_out_once_and_in_order(source: Source) -> None:
    tickets, each = [new_id() for _ in range(10)], LIMIT // 4
    for half in range(2):
        for ticket in tickets[half::2] + tickets[1 - half :: 2]:
            await handle(source.store, submission(ticket, events=each // 2))
    async with source.relaying():
        await source.drained(60)
    records = await source.in_kafka()
    for ticket in tickets:
        assert sequences(records[ticket]) == list(range(1, each + 1))


async def test_a_record_in_kafka_is_the_event_to_the_byte(source: Source) -> None:
    ticket = new_id()
    appended = await handle(source.store, submission(ticket))
    async with source.relaying():
        await source.drained()
    (record,) = (await source.in_kafka())[ticket]
    headers = dict(record.headers)
    assert record.value == appended.envelopes[0].data
    assert headers["ce_hash"].decode() == appended.envelopes[0].hash
    assert headers["traceparent"].decode() == PARENT


async def test_records_that_no_batch_holds_together_go_out_too(source: Source) -> None:
    """More than a batch's bytes in each partition, and one record of several batches' bytes."""
    sizes = {new_id(): size for size in (*[50_000] * 60, 10, 5_000_000)}
    records = tuple(
        Record(topic=CONTENTS, key=key, value=b'"%s"' % (b"x" * size))
        for key, size in sizes.items()
    )
    await handle(source.store, submission(new_id(), records=records))
    async with source.relaying():
        await source.drained()
    there = await source.in_kafka(CONTENTS)
    assert {key: len(there[key][0].value) - 2 for key in sizes} == sizes


async def test_only_the_newest_state_of_a_record_goes_out(source: Source) -> None:
    ticket, content = new_id(), new_id()
    for text in (b'{"body":"one"}', b'{"body":"two"}'):
        record = Record(topic=CONTENTS, key=content, value=text)
        await handle(source.store, submission(ticket, records=(record,)))
    async with source.relaying():
        await source.drained()
    records = (await source.in_kafka(CONTENTS))[content]
    assert [record.value for record in records] == [b'{"body":"two"}']


async def test_two_relays_of_a_shard_are_one_leader_and_one_that_waits(source: Source) -> None:
    first, second, supervisor = source.relay(), source.relay(), Supervisor()
    supervisor.start("first", first.run)

    async def one_leads() -> bool:
        return first.leads

    async def other_leads() -> bool:
        return second.leads

    await eventually(one_leads)
    waiting = Supervisor()
    waiting.start("second", second.run)
    ticket = new_id()
    await handle(source.store, submission(ticket, 3))
    await source.drained()
    assert not second.leads
    await supervisor.stop(10)
    await eventually(other_leads)
    await waiting.stop(10)


async def test_a_send_that_fails_begins_again_from_the_table(source: Source) -> None:
    ticket = new_id()
    await handle(source.store, submission(ticket, 5))
    arm("relay.after_send:raise")
    async with source.relaying() as supervisor:
        await source.drained()
        assert supervisor.states["relay"].restarts == 1
    assert sequences((await source.in_kafka())[ticket]) == [1, 2, 3, 4, 5] * 2


async def test_killed_between_acknowledgement_and_delete_doubles_in_kafka_not_in_effect(
    source: Source, bench: Bench
) -> None:
    ticket = new_id()
    await handle(source.store, submission(ticket, 3))
    with relay_process(source, FAILPOINT="relay.after_send:kill") as dying:
        code = await asyncio.to_thread(dying.wait, 30)
        assert code == -signal.SIGKILL
    assert await source.pool.fetchval("SELECT count(*) FROM pending") == 3
    with relay_process(source):
        await source.drained()
    assert sequences((await source.in_kafka())[ticket]) == [1, 2, 3, 1, 2, 3]
    async with bench.consuming():
        await bench.await_seen(ticket, [1, 2, 3])

        async def doubles_were_skipped() -> bool:
            return sum(taken.duplicates for taken in bench.taken) >= 3

        await eventually(doubles_were_skipped)
        assert await bench.seen(ticket) == [1, 2, 3]


async def test_a_frozen_leader_is_succeeded_within_the_session_time(source: Source) -> None:
    first, second = new_id(), new_id()
    await handle(source.store, submission(first, 3))
    with relay_process(source) as leader:
        await source.drained()
        leader.send_signal(signal.SIGSTOP)
        await handle(source.store, submission(second, 3))
        with relay_process(source):
            await source.drained(12)
        leader.send_signal(signal.SIGCONT)
    kafka = await source.in_kafka()
    assert sequences(kafka[first]) == sequences(kafka[second]) == [1, 2, 3]
