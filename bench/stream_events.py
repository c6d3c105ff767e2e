"""Tickets of a real desk from request to answer, as intake and escalation say them.

The bytes and headers are the producers' own: commits are sealed as the event store seals them.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.stream import chunks
from reglament import clock
from reglament.events.administration import PolicyPublished
from reglament.events.envelope import Envelope, headers
from reglament.events.escalations import Assigned
from reglament.events.registry import Actor, ContentRef, Event, by_class
from reglament.events.tickets import (
    InfoProvided,
    InfoRequested,
    MessageAdded,
    Resolved,
    TicketAccepted,
    TicketOpened,
)
from reglament.events.topics import COMPACTED, ESCALATIONS, KEPT, TICKETS
from reglament.eventstore.sealing import seal
from reglament.eventstore.store import Commit, Context, StreamEvents
from reglament.ids import new_id
from reglament.messaging.connecting import Kafka
from reglament.messaging.producer import start_producer, stop_producer
from reglament.messaging.provisioning import provide_topics
from reglament.policy.loader import load, parse

DESK = "remsys"
PARTITIONS = 12
INTAKE, ESCALATION = "/reglament/intake", "/reglament/escalation"
FEW = timedelta(minutes=10)
# So many tickets are at work at once: their events stand among one another's.
AT_WORK = 50
SPAN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
ANNA, SYSTEM = Actor(kind="engineer", id="anna"), Actor(kind="system", id="intake")
CLIENT = Actor(kind="requester", id="0b1e5a0c7f")
OWN, TAKEN = 6, 7


def policy() -> PolicyPublished:
    """The desk's rules, as `make run` publishes them."""
    text = Path(f"policies/{DESK}.yaml").read_bytes()
    load(text)
    return PolicyPublished(
        at=clock.now() - timedelta(days=30),
        actor=SYSTEM,
        desk=DESK,
        version=1,
        document=parse(text),
        digest="-",
    )


def _content() -> ContentRef:
    return ContentRef(id=new_id(), version=1, digest="5f" * 32)


def own_events(number: int, at: datetime) -> tuple[Event, ...]:
    """What intake says of a ticket: asked back once, answered, resolved."""
    moments = [at + FEW * step for step in range(6)]
    priority = ("urgent", "normal", "low")[number % 3]
    return (
        TicketOpened(at=at, actor=CLIENT, number=f"REM-{number:06d}", channel="web",
                     requester=CLIENT.id, priority=priority, category="server",
                     content=_content()),
        TicketAccepted(at=at, actor=SYSTEM, because="registered"),
        InfoRequested(at=moments[2], actor=ANNA, items=("description",), content=_content()),
        InfoProvided(at=moments[3], actor=CLIENT, fields=("description",), content=_content()),
        MessageAdded(at=moments[4], actor=ANNA, message=new_id(), visibility="public",
                     author_kind="engineer", channel="email", content=_content()),
        Resolved(at=moments[5], actor=ANNA, content=_content()),
    )  # fmt: skip


def commits(tickets: int) -> Iterator[Commit]:
    """intake's: a ticket a commit."""
    start = clock.now() - timedelta(days=2)
    for number in range(tickets):
        at = start + timedelta(seconds=number)
        yield _commit(new_id(), own_events(number, at), at)


def _commit(ticket: str, events: tuple[Event, ...], at: datetime) -> Commit:
    part = StreamEvents(stream=f"ticket/{ticket}", subject=ticket, desk=DESK, expected=0,
                        events=events, policy_version=1)  # fmt: skip
    return Commit(parts=(part,), context=Context(recorded_at=at + 6 * FEW, traceparent=SPAN))


def _told(commit: Commit) -> list[Envelope]:
    """A ticket's events in the order in which they were said, by both services."""
    ticket, at = commit.parts[0].subject, commit.parts[0].events[0].at + FEW
    claimed = Assigned(at=at, actor=ANNA, engineer="anna", level="L1", because="claim")
    own = list(seal(commit, {}, iter(()), INTAKE)[0].envelopes)
    other = seal(_commit(ticket, (claimed,), at), {}, iter(()), ESCALATION)[0].envelopes
    return [*own[:2], *other, *own[2:]]


def envelopes(tickets: int) -> Iterator[Envelope]:
    """Of so many tickets, TAKEN each; a ticket's in order, the tickets' among one another."""
    for together in chunks(commits(tickets), AT_WORK):
        told = [_told(one) for one in together]
        yield from chain.from_iterable(zip(*told, strict=True))


async def ends_of(kafka: Kafka) -> dict[TopicPartition, int]:
    """How far the ticket topics go that both services write."""
    reader = AIOKafkaConsumer(**kafka.arguments(), enable_auto_commit=False)
    await reader.start()
    try:
        lines = [TopicPartition(topic, part) for topic in (TICKETS, ESCALATIONS)
                 for part in range(PARTITIONS)]  # fmt: skip
        return dict(await reader.end_offsets(lines))
    finally:
        await reader.stop()


async def provide(kafka: Kafka) -> None:
    """All topics, as the services make them."""
    await provide_topics(kafka, (*KEPT, *COMPACTED), PARTITIONS, 1)


async def fill(kafka: Kafka, events: int) -> dict[TopicPartition, int]:
    """The ticket topics with at least so many events, where they are empty; their ends."""
    await provide(kafka)
    if not any((await ends_of(kafka)).values()):
        producer = await start_producer(kafka, "bench-fill")
        for some in chunks(envelopes(events // TAKEN + 1), 5 * AT_WORK * TAKEN):
            await asyncio.wait(
                [
                    await producer.send(
                        by_class(type(one.event)).topic, one.data, one.topic_key,
                        headers=headers(one))
                    for one in some
                ]
            )  # fmt: skip
        await stop_producer(producer, 30)
    return await ends_of(kafka)
