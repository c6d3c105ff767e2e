"""From `pending` to Kafka: in order, at least once, skipping nothing (architecture 3).

It holds no cursor, so it cannot skip. On any doubt it drops everything, producer included, and
begins again from the table (reliability b1; crash-only).
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from reglament.failpoints import failpoint
from reglament.messaging import measures, outbox
from reglament.messaging.connecting import Kafka
from reglament.messaging.connections import RELAY, connect, while_alive
from reglament.messaging.outbox import ALL, Outgoing, Share
from reglament.messaging.packing import Batch, packed
from reglament.messaging.producer import kill_producer, start_producer, stop_producer
from reglament.messaging.tracing import end_send, start_send
from reglament.telemetry import OFF, Tracing

LIMIT = 1000
ACKNOWLEDGED_WITHIN_SECONDS = 20.0
SHORTEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.1, 1.0
log = structlog.get_logger(__name__)


class SendFailed(RuntimeError):
    """Not all records of a batch were acknowledged in time."""


class Relay:
    """One share's relay. Several processes may run it: one leads, the others wait for its end."""

    def __init__(
        self, name: str, kafka: Kafka, database: str, share: Share = ALL, tracing: Tracing = OFF
    ) -> None:
        self.leads = False
        self._name, self._kafka, self._database = name, kafka, database
        self._source = f"/reglament/{name}"
        self._share, self._tracing = share, tracing
        self._woken = asyncio.Event()
        self._ahead: Sequence[Outgoing] = ()

    def wake(self) -> None:
        """Something was appended in this process: do not wait for the next poll."""
        self._woken.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Relay until `stopping`. Raises SendFailed, KafkaError or a database error: run again."""
        connection = await connect(self._database, f"{self._name}-relay", RELAY)
        try:
            if await self._lead(connection, stopping):
                self.leads = True
                await self._relay(connection, stopping)
        finally:
            self.leads = False
            with contextlib.suppress(Exception):
                await connection.close(timeout=2)

    async def _lead(self, connection: Any, stopping: asyncio.Event) -> bool:
        while not stopping.is_set():
            if await outbox.try_lead(connection, self._share):
                return True
            await asyncio.sleep(LONGEST_WAIT_SECONDS)
        return False

    async def _relay(self, connection: Any, stopping: asyncio.Event) -> None:
        self._ahead = ()
        start = start_producer(self._kafka, f"{self._name}-relay-{self._share.number}")
        producer = await while_alive(connection, start)
        try:
            wait = SHORTEST_WAIT_SECONDS
            while not stopping.is_set():
                self._woken.clear()
                count = await self._turn(connection, producer)
                wait = SHORTEST_WAIT_SECONDS if count else min(2 * wait, LONGEST_WAIT_SECONDS)
                if count < LIMIT:
                    await self._sleep(wait)
        except BaseException:
            await kill_producer(producer)
            raise
        await stop_producer(producer)

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)

    async def _turn(self, connection: Any, producer: AIOKafkaProducer) -> int:
        """One batch; how many records it had."""
        records = self._ahead or await self._read(connection)
        if not records:
            return 0
        await failpoint("relay.before_send")
        acknowledged, fault = await self._sent(connection, producer, records)
        await failpoint("relay.after_send")
        done = outbox.unbroken(records, acknowledged)
        await outbox.delete(connection, done)
        gone = frozenset(done)
        measures.relayed([one for one in records if one.position in gone])
        await failpoint("relay.after_delete")
        if fault is not None:
            raise SendFailed(f"{acknowledged.count(False)} of {len(records)}") from fault
        return len(records)

    async def _read(self, connection: Any, sent: Sequence[Outgoing] = ()) -> list[Outgoing]:
        there = frozenset(one.position for one in sent)
        return await outbox.read(connection, self._share, LIMIT, self._source, there)

    async def _sent(
        self, connection: Any, producer: AIOKafkaProducer, records: Sequence[Outgoing]
    ) -> tuple[list[bool], BaseException | None]:
        """As `_send`. Behind a full batch the next is read meanwhile, and sent after it."""
        sending = asyncio.ensure_future(self._send(producer, records))
        try:
            self._ahead = await self._read(connection, records) if len(records) == LIMIT else ()
            return await while_alive(connection, sending)
        finally:
            sending.cancel()
            await asyncio.wait((sending,))

    async def _send(
        self, producer: AIOKafkaProducer, records: Sequence[Outgoing]
    ) -> tuple[list[bool], BaseException | None]:
        """Which were acknowledged, in the order of `records`, and the first fault."""
        spans = {one.position: start_send(self._tracing, one) for one in records}
        sent: list[tuple[Batch, asyncio.Future[Any]]] = []
        fault: BaseException | None = None
        try:
            async with asyncio.timeout(ACKNOWLEDGED_WITHIN_SECONDS):
                for batch in await packed(producer, records):
                    sent += [(batch, await _begin(producer, batch))]
                await asyncio.wait([future for _, future in sent])
        except (KafkaError, TimeoutError) as failed:
            fault = failed
        gone: set[int] = set()
        for batch, future in sent:
            found = _fault_of(future)
            fault = fault or found
            if found is None:
                gone.update(one.position for one in batch.records)
            for place, one in enumerate(batch.records):
                end_send(spans.pop(one.position), future, place)
        for span in spans.values():
            end_send(span, None)
        return [one.position in gone for one in records], fault


async def _begin(producer: AIOKafkaProducer, batch: Batch) -> "asyncio.Future[Any]":
    """Into the producer's buffer; the future is its acknowledgement."""
    topic, partition = batch.line
    sent: asyncio.Future[Any] = await producer.send_batch(batch.builder, topic, partition=partition)
    return sent


def _fault_of(future: "asyncio.Future[Any]") -> BaseException | None:
    if not future.done() or future.cancelled():
        return TimeoutError("not acknowledged")
    return future.exception()
