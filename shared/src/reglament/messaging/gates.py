"""The rebalance listener that only closes gates (reliability b1).

aiokafka lets `getmany` run before the listener has finished, and sends no heartbeat while it
runs. So it awaits nothing: it pauses, puts a placeholder position and forgets epochs. The main
loop takes over, seeks to the database's offset and resumes.
"""

import time
from collections.abc import Collection, Iterable

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition

from reglament.failpoints import sync_failpoint


class Gates(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Which partitions are open, under which epoch; which wait for their takeover since when."""

    def __init__(self) -> None:
        self.kafka: AIOKafkaConsumer | None = None
        self.open: dict[TopicPartition, int] = {}
        self._waiting: dict[TopicPartition, float] = {}

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Everything is closed: a pause does not outlive a rebalance, kept partitions included."""
        self.open.clear()
        self._waiting.clear()

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Close all before the first fetch is answered."""
        self.open.clear()
        self._waiting.clear()
        for partition in assigned:
            self.close(partition)
        sync_failpoint("consumer.in_listener")

    def close(self, partition: TopicPartition, seconds: float = 0.0) -> None:
        """Deliver nothing of it until it is taken over again, at the earliest after `seconds`."""
        self.open.pop(partition, None)
        if self.kafka is None or partition not in self.kafka.assignment():
            self._waiting.pop(partition, None)
            return
        self.kafka.pause(partition)
        self.kafka.seek(partition, 0)  # else aiokafka asks Kafka for a committed offset
        self._waiting[partition] = time.monotonic() + seconds

    def close_all(self) -> None:
        """After any doubt about the database: what is open may have a new owner."""
        for partition in list(self.kafka.assignment() if self.kafka else ()):
            self.close(partition)

    def due(self) -> list[TopicPartition]:
        """Closed partitions whose takeover may be tried now, in a fixed order."""
        moment = time.monotonic()
        return sorted(partition for partition, at in self._waiting.items() if at <= moment)

    def is_waiting(self, partition: TopicPartition) -> bool:
        """Whether it is still assigned and closed."""
        return partition in self._waiting

    def let_through(self, partition: TopicPartition, epoch: int, offset: int) -> None:
        """Open it, if it was not lost meanwhile."""
        if self._waiting.pop(partition, None) is None or self.kafka is None:
            return
        self.open[partition] = epoch
        self.kafka.seek(partition, offset)
        self.kafka.resume(partition)

    def all_open(self, partitions: Iterable[TopicPartition]) -> bool:
        """Whether each of them is owned and read."""
        return all(partition in self.open for partition in partitions)

    @property
    def any_waiting(self) -> bool:
        """Whether a takeover is still to come."""
        return bool(self._waiting)
