"""The consumer: fetch, fence, apply, commit; effects and offset in one transaction.

One task does all of it, so there is no race inside the process. The rules, and the experiments
that forced them, are in reliability b1.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from asyncpg import LockNotAvailableError

from reglament.failpoints import failpoint
from reglament.messaging import measures, offsets
from reglament.messaging.batches import Batch, Batches, Epochs
from reglament.messaging.connections import connect
from reglament.messaging.consumer_settings import (
    MAX_RECORDS,
    Reader,
    close_consumer,
    fetched,
    kafka_consumer,
)
from reglament.messaging.consumption import Consumption
from reglament.messaging.dead_letter import DeadLetterLimit
from reglament.messaging.faults import is_of_a_record, is_passing
from reglament.messaging.gates import Gates
from reglament.messaging.horizon import Horizon
from reglament.messaging.incoming import Incoming, read
from reglament.messaging.names import Name
from reglament.messaging.reporting import report
from reglament.messaging.steps import Steps
from reglament.messaging.taking import Taken, redrive
from reglament.messaging.tracing import BatchTrace
from reglament.messaging.waits import Waits
from reglament.spoken_faults import words_of
from reglament.telemetry import OFF, Tracing

RETAKE_SECONDS, LOOK_SECONDS = 2.0, 5.0
log = structlog.get_logger(__name__)
Fetched = Mapping[TopicPartition, Sequence[Any]]
AfterCommit = Callable[[Taken], Awaitable[None]]


async def _nothing(_: Taken) -> None:
    return None


class Consumer:
    """Reads `consumption.topics` from their first record on, each effect exactly once.

    after_commit: told of what was taken, once it is durable (wakes the relay, the policies).
    """

    def __init__(
        self,
        reader: Reader,
        consumption: Consumption,
        after_commit: AfterCommit = _nothing,
        tracing: Tracing = OFF,
    ) -> None:
        self.horizon = Horizon(consumption.topics)
        self._reader, self._consumption = reader, consumption
        self._after_commit, self._tracing = after_commit, tracing
        self._batches = Batches(name=reader.name, consumption=consumption)
        self._gates = Gates()
        self._limit = DeadLetterLimit()
        self._order = {topic: place for place, topic in enumerate(consumption.topics)}
        self._applied: dict[TopicPartition, int] = {}
        self._waits, self._name = Waits(), Name(reader)
        self._kafka: Any = None
        self._database: Any = None
        self._look_at, self._steps = 0.0, Steps(MAX_RECORDS)

    async def run(self, stopping: asyncio.Event) -> None:
        """Read until `stopping` is set. Raises KafkaError (start again) or Halted (do not)."""
        self._kafka = self._gates.kafka = kafka_consumer(self._reader)
        reporting = asyncio.create_task(
            report(self._kafka, self._consumption.topics, self.horizon, self._committed, self._held)
        )
        try:
            await asyncio.wait_for(self._kafka.start(), 30)
            self._kafka.subscribe(list(self._consumption.topics), listener=self._gates)
            while not stopping.is_set():
                if reporting.done():
                    reporting.result()  # without it timers would wait for ever
                await self._turn()
        finally:
            reporting.cancel()
            await self._close()

    def _committed(self) -> dict[TopicPartition, int]:
        return {tp: at for tp, at in self._applied.items() if tp in self._gates.open}

    def _held(self) -> dict[TopicPartition, int]:
        """Those that wait as well: what stands still must not look as if it were level."""
        waiting = {tp: at for tp, at in self._applied.items() if self._gates.is_waiting(tp)}
        return self._committed() | waiting

    async def redrive(self, connection: Any, subject: str) -> Taken:
        """Take a subject's dead letters, and what waited behind them; old, they halt nothing."""
        taken = await redrive(connection, self._consumption, subject)
        measures.taken(taken)
        await self._after_commit(taken)
        return taken

    def owned(self) -> list[str]:
        """The partitions that are read now, `topic/number`."""
        return sorted(f"{tp.topic}/{tp.partition}" for tp in self._gates.open)

    async def _close(self) -> None:
        await close_consumer(self._kafka)
        if self._database is not None:
            with contextlib.suppress(Exception):
                await self._database.close(timeout=2)
            self._database = None

    async def _turn(self) -> None:
        """One round. A fault that passes closes all gates: the database knows what was done."""
        try:
            if self._database is None or self._database.is_closed():
                self._database = await connect(self._reader.database, self._reader.name)
            await self._name.hold(self._database)
            await self._open_gates()
            await self._look_at_blocked()
            batch, epochs = await self._fetch()
            if batch:
                await self._timed(batch, epochs)
        except OffsetOutOfRangeError as fault:
            await self._start_over(fault)
        except Exception as fault:
            if isinstance(fault, KafkaError) or not is_passing(fault):
                raise
            log.warning("consumer_database_fault", fault=words_of(fault))
            if self._database is not None:
                self._database.terminate()
                self._database = None
            self._gates.close_all()
            self._steps.failed()
            await asyncio.sleep(0.2)

    async def _open_gates(self) -> None:
        for partition in self._gates.due():
            try:
                at = await offsets.take_over(self._database, self._reader.name, partition)
            except LockNotAvailableError:
                continue  # the former owner is inside its transaction
            await failpoint("consumer.after_takeover")
            self._gates.let_through(partition, at.epoch, at.next_offset)
            if partition in self._gates.open:
                self._moved(partition, at.next_offset)

    async def _fetch(self) -> tuple[Fetched, dict[TopicPartition, int]]:
        wait = 50 if self._gates.any_waiting else 200
        got = await fetched(self._kafka, wait_ms=wait, most=self._steps.size)
        epochs = dict(self._gates.open)  # no await since getmany returned
        return {tp: records for tp, records in got.items() if records and tp in epochs}, epochs

    async def _look_at_blocked(self) -> None:
        """Every few seconds: what waits, and whether a gap or a wait has lasted too long."""
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + LOOK_SECONDS
            await measures.blocked(self._database)
            self._waits.show(self._kafka.assignment())

    async def _timed(self, batch: Fetched, epochs: Epochs) -> None:
        began, fault = time.monotonic(), None
        try:
            await failpoint("consumer.after_fetch")
            await self._carry_out(batch, epochs)
            self._steps.took(sum(map(len, batch.values())), time.monotonic() - began)
        except Exception as raised:
            fault = raised
            raise
        finally:
            measures.processed(self._reader.name, time.monotonic() - began, fault)

    async def _carry_out(self, batch: Fetched, epochs: Epochs) -> None:
        """All partitions in one transaction; where that fails, each alone, record by record."""
        ordered = sorted(batch, key=lambda tp: (self._order.get(tp.topic, 0), tp.partition))
        incoming = {tp: [read(record) for record in batch[tp]] for tp in ordered}
        with BatchTrace(self._tracing, self._reader.name, incoming) as traced:
            try:
                await self._together(traced.incoming, epochs)
            except Exception as fault:
                if self._database.is_closed() or not is_of_a_record(fault):
                    raise
                for partition in ordered:
                    if epochs[partition] == self._gates.open.get(partition):
                        await self._alone(partition, traced.incoming[partition], epochs)

    async def _together(self, batch: Batch, epochs: Epochs) -> None:
        done = await self._batches.together(self._database, batch, epochs)
        for partition, records in batch.items():
            if partition in done.ours:
                self._moved(partition, records[-1].offset + 1)
                self._waits.over(partition)
            else:
                await self._refused(partition, epochs[partition])
        await self._settled(done.taken)

    async def _alone(
        self, partition: TopicPartition, records: Sequence[Incoming], epochs: Epochs
    ) -> None:
        done = await self._batches.alone(self._database, partition, records, epochs)
        if not done.ours:
            await self._refused(partition, epochs[partition])
            return
        if done.fault is not None:
            progressed = done.taken.records > 0
            pause = self._waits.hold(partition, done.fault, progressed=progressed)
            self._gates.close(partition, pause)
        else:
            self._moved(partition, records[-1].offset + 1)
            self._waits.over(partition)
        await self._settled(done.taken)

    async def _refused(self, partition: TopicPartition, epoch: int) -> None:
        """The database said no: another owner, or another position."""
        at = await offsets.peek(self._database, self._reader.name, partition)
        if self._gates.open.get(partition) != epoch:
            return  # a rebalance has closed the gate already
        if at is None or at.epoch != epoch:
            # Still assigned, so a late zombie may have taken it over last, and died.
            self._gates.close(partition, RETAKE_SECONDS)
        else:
            self._kafka.seek(partition, at.next_offset)

    def _moved(self, partition: TopicPartition, next_offset: int) -> None:
        self._applied[partition] = next_offset
        self.horizon.moved(partition, next_offset)

    async def _settled(self, taken: Taken) -> None:
        measures.taken(taken)
        await self._after_commit(taken)
        self._limit.count(len(taken.dead), len(taken.effective) + len(taken.dead))

    async def _start_over(self, fault: OffsetOutOfRangeError) -> None:
        """Kafka lost what we were to read next: go to its first record, the inbox knows doubles."""
        lost = list(fault.args[0])
        log.error("offsets_out_of_range", partitions=[str(tp) for tp in lost])
        starts = await self._kafka.beginning_offsets(lost)
        await offsets.reset(self._database, self._reader.name, starts)
        for partition in lost:
            self._gates.close(partition)
