"""What the relay and the consumer say in numbers; the metrics themselves stand in metrics.py."""

import asyncio
import contextlib
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from aiokafka import TopicPartition

from reglament import clock, metrics
from reglament.events.envelope import Envelope
from reglament.events.topics import TICKET_TOPICS
from reglament.messaging import outbox
from reglament.messaging.outbox import Outgoing
from reglament.messaging.taking import Taken
from reglament.telemetry import trace_of

OUTBOX_EVERY_SECONDS = 2.0
log = structlog.get_logger(__name__)


def relayed(records: Sequence[Outgoing]) -> None:
    """These were acknowledged. Each event counts: the promise is one about events."""
    metrics.RELAYED.inc(len(records))
    moment, told = clock.now(), log.bind()
    for one in records:
        if one.envelope is not None:
            seconds = max(0.0, (moment - one.envelope.recorded_at).total_seconds())
            exemplar = metrics.exemplar_of(one.envelope.traceparent)
            metrics.RELAY_DURATION.observe(seconds, exemplar)
            _tell(told, one.topic, one.envelope, seconds)


def _tell(told: Any, topic: str, envelope: Envelope, seconds: float) -> None:
    """The one line of an event (issue 9, 4): which, whose, in which trace; never what it says."""
    about = {"ticket": envelope.subject} if topic in TICKET_TOPICS else {}
    told.info(
        "event_sent",
        type=envelope.type,
        id=envelope.id,
        desk=envelope.desk,
        sequence=envelope.sequence,
        seconds=round(seconds, 3),
        **about,
        **trace_of(envelope.traceparent),
    )


async def watch_outbox(pool: Any, stopping: asyncio.Event) -> None:
    """A loop: how much waits in the outbox, and since when; also while the relay hangs."""
    while not stopping.is_set():
        waiting, oldest = await outbox.backlog(pool)
        age = 0.0 if oldest is None else max(0.0, (clock.now() - oldest).total_seconds())
        metrics.OUTBOX_PENDING.set(waiting)
        metrics.OUTBOX_AGE.set(age)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), OUTBOX_EVERY_SECONDS)


def processed(group: str, seconds: float, fault: BaseException | None) -> None:
    """One batch, from its decoding to its commit."""
    error = "" if fault is None else type(fault).__name__
    metrics.PROCESS_DURATION.labels(group, error).observe(seconds)


def taken(result: Taken) -> None:
    """What became of a batch's records."""
    moment = clock.now()
    for topic, count in Counter(one.topic for one in result.effective).items():
        metrics.CONSUMED.labels(topic).inc(count)
    for one in result.effective:
        if one.envelope is not None:
            delay = (moment - one.envelope.recorded_at).total_seconds()
            exemplar = metrics.exemplar_of(one.envelope.traceparent)
            metrics.EFFECT_DELAY.observe(max(0.0, delay), exemplar)
    for one in result.unknown:
        metrics.EVENTS_SKIPPED.labels(one.topic).inc()
    for one in result.dead:
        metrics.DEAD_LETTERS.labels(one.topic, one.reason).inc()


BLOCKED = """
SELECT count(*) AS tickets,
    count(*) FILTER (
        WHERE reason = 'gap' AND since < clock_timestamp() - interval '30 seconds') AS gaps
FROM blocked"""


async def blocked(connection: Any) -> None:
    """How many tickets wait; a gap of more than 30 s is an alarm (reliability b1)."""
    row = await connection.fetchrow(BLOCKED)
    metrics.PARKED_TICKETS.set(row["tickets"])
    if row["gaps"]:
        log.error("events_missing", tickets=row["gaps"])


class Lag:
    """How far behind the log each topic is: in records, and for how long it has been behind."""

    def __init__(self) -> None:
        self._level_at: dict[TopicPartition, float] = {}

    def show(
        self,
        applied: Mapping[TopicPartition, int],
        ends: Mapping[TopicPartition, int],
        topics: Sequence[str],
    ) -> None:
        """Set the gauges of all `topics`; a partition of another owner counts there."""
        moment = time.monotonic()
        records: dict[str, int] = defaultdict(int)
        seconds: dict[str, float] = defaultdict(float)
        for partition, end in ends.items():
            behind = max(0, end - applied.get(partition, end))
            since = self._level_at.setdefault(partition, moment)
            if behind == 0:
                self._level_at[partition] = moment
            else:
                seconds[partition.topic] = max(seconds[partition.topic], moment - since)
            records[partition.topic] += behind
        for topic in topics:
            metrics.LAG_RECORDS.labels(topic).set(records[topic])
            metrics.LAG_SECONDS.labels(topic).set(seconds[topic])
