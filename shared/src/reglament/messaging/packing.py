"""A turn's records as batches, one lot a partition: to hand each over alone costs much more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaProducer

from reglament.messaging.outbox import Outgoing
from reglament.messaging.partitions import choose

Line = tuple[str, int]  # topic, partition


@dataclass(slots=True, kw_only=True)
class Batch:
    """Records of one partition in their order, as Kafka will have them."""

    line: Line
    builder: Any
    records: list[Outgoing] = field(default_factory=list)

    def take(self, one: Outgoing) -> bool:
        """Whether there was room for it; the first has room however long it is."""
        has_room = self.builder.append(
            timestamp=None, key=one.key, value=one.value, headers=list(one.headers)
        )
        if has_room is not None:
            self.records.append(one)
        return has_room is not None


async def packed(producer: AIOKafkaProducer, records: Sequence[Outgoing]) -> list[Batch]:
    """In the order in which to send them: those behind another of their partition last.

    Raises KafkaError where Kafka does not know a topic.
    """
    topics = {one.topic for one in records}
    everyone = {topic: sorted(await producer.partitions_for(topic)) for topic in topics}
    lines: dict[Line, list[Batch]] = {}
    for one in records:
        there = everyone[one.topic]
        line = (one.topic, choose(one.key, there, there))
        batches = lines.setdefault(line, [])
        if not batches or not batches[-1].take(one):
            batches.append(Batch(line=line, builder=producer.create_batch()))
            batches[-1].take(one)
    return list(_in_turns(list(lines.values())))


def _in_turns(lines: Sequence[Sequence[Batch]]) -> Iterator[Batch]:
    """Every partition's first, then every second: who comes second waits for the first to leave."""
    for place in range(max(map(len, lines), default=0)):
        yield from (batches[place] for batches in lines if place < len(batches))
