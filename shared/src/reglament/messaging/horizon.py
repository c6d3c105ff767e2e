"""Until when a partition has been read: timers fire only behind it (architecture 7)."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from aiokafka import TopicPartition

from reglament import clock
from reglament.events.topics import TICKET_TOPICS


class Horizon:
    """Asks for the end offsets, then says when all of them have been applied."""

    def __init__(self, topics: Collection[str]) -> None:
        self._topics = [topic for topic in topics if topic in TICKET_TOPICS]
        self._applied: dict[TopicPartition, int] = {}
        self._asked: dict[int, tuple[datetime, dict[TopicPartition, int]]] = {}
        self._read_until: dict[int, datetime] = {}

    def moved(self, partition: TopicPartition, next_offset: int) -> None:
        """Applied, and committed in the database, up to here."""
        self._applied[partition] = next_offset
        self._settle(partition.partition)

    def lost(self, keep: Collection[TopicPartition]) -> None:
        """Only these are still owned; of the others nothing is known any more."""
        self._applied = {tp: offset for tp, offset in self._applied.items() if tp in keep}
        for number in [number for number in self._read_until if not self._owns(number)]:
            self._read_until.pop(number, None)
            self._asked.pop(number, None)

    async def ask(self, kafka: Any) -> None:
        """Fetch the end offsets of the owned partitions that have no open question."""
        numbers = {tp.partition for tp in self._applied} - self._asked.keys()
        wanted = [tp for number in numbers if self._owns(number) for tp in self._lines(number)]
        if not wanted:
            return
        asked_at = clock.now()
        async with asyncio.timeout(5):
            ends: Mapping[TopicPartition, int] = await kafka.end_offsets(wanted)
        for number in {tp.partition for tp in ends}:
            lines = {tp: end for tp, end in ends.items() if tp.partition == number}
            self._asked[number] = (asked_at, lines)
            self._settle(number)

    def read_until(self) -> dict[int, datetime]:
        """Owned partition number -> all that Kafka held at that instant has been applied."""
        return dict(self._read_until)

    def _lines(self, number: int) -> list[TopicPartition]:
        return [TopicPartition(topic, number) for topic in self._topics]

    def _owns(self, number: int) -> bool:
        return all(line in self._applied for line in self._lines(number))

    def _settle(self, number: int) -> None:
        question = self._asked.get(number)
        if question is None or not self._owns(number):
            return
        asked_at, ends = question
        if all(self._applied[line] >= end for line, end in ends.items()):
            self._read_until[number] = asked_at
            del self._asked[number]
