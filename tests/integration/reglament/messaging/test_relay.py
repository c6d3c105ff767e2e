"""From the event table into Kafka: nothing skipped, nothing out of order, whoever dies."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from reglament import clock
from reglament.command_handler import Submission, handle
from reglament.database import connect_pool, migrate
from reglament.decider import Decider
from reglament.errors import Conflict
from reglament.events.registry import Actor, Event
from reglament.events.tickets import TicketResumed
from reglament.events.topics import CONTENTS, TICKETS
from reglament.eventstore.postgres import PostgresEventStore
from reglament.eventstore.store import Context, Record
from reglament.failpoints import arm
from reglament.ids import new_id
from reglament.lifespan import Supervisor
from reglament.messaging.provisioning import owned_by, provide_topics
from reglament.messaging.relay import Relay
from reglament.process import LIBRARY_MIGRATIONS
from tests.integration.reglament.messaging.conftest import PARTITIONS, Bench
from tests.support.eventually import eventually
from tests.support.stack import Broker, Databases

pytestmark = pytest.mark.integration
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def resume(count: int, _: int) -> list[Event]:
    event = TicketResumed(at=clock.now(), actor=Actor(kind="system", id="test"))
    return [event] * count


DECIDER: Decider[int, int] = Decider(
    decide=resume, evolve=lambda state, _: state + 1, initial_state=0
)


def submission(
    ticket: str, events: int = 1, records: tuple[Record, ...] = ()
) -> Submission[int, int]:
    return Submission(
        stream=f"ticket/{ticket}",
        subject=ticket,
        desk="desk",
        command=events,
        decider_for=lambda _: DECIDER,
        context=Context(recorded_at=clock.now(), traceparent=PARENT),
        records=records,
    )


@dataclass(slots=True, kw_only=True)
class Source:
    """intake's store, and what Kafka holds of it."""

    dsn: str
    broker: Broker
    pool: Any
    store: PostgresEventStore
    begins: dict[TopicPartition, int] = field(default_factory=dict)

    def relay(self) -> Relay:
        return Relay("intake", self.broker.bootstrap, self.dsn)

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[Supervisor]:
        supervisor, relay = Supervisor(), self.relay()
        self.store.on_append = relay.wake
        supervisor.start("relay", relay.run)
        try:
            yield supervisor
        finally:
            await supervisor.stop(10)

    async def drained(self, seconds: float = 30) -> None:
        async def is_empty() -> bool:
            return bool(await self.pool.fetchval("SELECT count(*) FROM pending") == 0)

        await eventually(is_empty, seconds)

    async def in_kafka(self, topic: str = TICKETS) -> dict[str, list[Any]]:
        """Records by key, since this test began."""
        kafka = AIOKafkaConsumer(
            bootstrap_servers=self.broker.bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        await kafka.start()
        found: dict[str, list[Any]] = defaultdict(list)
        try:
            lines = [TopicPartition(topic, number) for number in range(PARTITIONS)]
            kafka.assign(lines)
            ends = await kafka.end_offsets(lines)
            while any([await kafka.position(line) < end for line, end in ends.items()]):
                for records in (await kafka.getmany(timeout_ms=100)).values():
                    for record in records:
                        found[(record.key or b"").decode()].append(record)
        finally:
            await kafka.stop()
        return found


async def insist(source: Source, one: Submission[int, int]) -> None:
    """Until it is written, however many others want the same ticket."""
    while True:
        with contextlib.suppress(Conflict):
            await handle(source.store, one)
            return


def sequences(records: list[Any]) -> list[int]:
    return [int(dict(record.headers)["ce_sequence"]) for record in records]


@asynccontextmanager
async def intake(dsn: str, kafka: str, prefix: str = "refill") -> AsyncIterator[Source]:
    """intake's store on this database."""
    pool = await connect_pool(dsn)
    await migrate(pool, LIBRARY_MIGRATIONS)
    store = PostgresEventStore(pool, "/reglament/intake")
    await store.start()
    try:
        broker = Broker(bootstrap=kafka, prefix=prefix)
        yield Source(dsn=dsn, broker=broker, pool=pool, store=store)
    finally:
        await store.stop()
        await pool.close()


@pytest.fixture
async def source(postgres: Databases, kafka: Broker) -> AsyncIterator[Source]:
    await provide_topics(kafka.bootstrap, owned_by("intake"), PARTITIONS, 1)
    async with intake(await postgres(), kafka.bootstrap, kafka.prefix) as made:
        yield made


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    arm("")


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


RELAY_PROCESS = """
import asyncio, sys
from reglament.messaging.relay import Relay
asyncio.run(Relay("intake", sys.argv[1], sys.argv[2]).run(asyncio.Event()))
"""


@contextmanager
def relay_process(source: Source, **environ: str) -> "Iterator[subprocess.Popen[bytes]]":
    process = subprocess.Popen(
        [sys.executable, "-c", RELAY_PROCESS, source.broker.bootstrap, source.dsn],
        env={**os.environ, **environ},
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


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
