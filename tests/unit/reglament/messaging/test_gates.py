"""The listener awaits nothing: it closes gates, the main loop opens them."""

import inspect
from typing import Any

from aiokafka import TopicPartition

from reglament.messaging.gates import Gates

ONE, TWO = TopicPartition("t", 0), TopicPartition("t", 1)


class Client:
    """What a consumer's client was told, in order."""

    def __init__(self, *assigned: TopicPartition) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.assigned = set(assigned)

    def assignment(self) -> set[TopicPartition]:
        return self.assigned

    def pause(self, partition: TopicPartition) -> None:
        self.told.append(("pause", partition))

    def resume(self, partition: TopicPartition) -> None:
        self.told.append(("resume", partition))

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.told.append(("seek", partition, offset))


def gates(client: Client) -> Gates:
    made = Gates()
    made.kafka = client
    return made


def test_what_is_assigned_is_closed_before_anything_is_fetched() -> None:
    client = Client(ONE)
    made = gates(client)
    made.on_partitions_assigned([ONE])
    assert not inspect.iscoroutinefunction(made.on_partitions_assigned)
    assert client.told == [("pause", ONE), ("seek", ONE, 0)]
    assert made.due() == [ONE]
    assert not made.open


def test_a_gate_opens_at_the_offset_of_the_database() -> None:
    client = Client(ONE)
    made = gates(client)
    made.on_partitions_assigned([ONE])
    made.let_through(ONE, epoch=3, offset=42)
    assert client.told[-2:] == [("seek", ONE, 42), ("resume", ONE)]
    assert made.open == {ONE: 3}


def test_a_partition_that_was_lost_meanwhile_is_not_opened() -> None:
    client = Client(ONE)
    made = gates(client)
    made.on_partitions_assigned([ONE])
    made.on_partitions_revoked([ONE])
    made.let_through(ONE, epoch=3, offset=42)
    assert not made.open
    assert ("resume", ONE) not in client.told


def test_a_rebalance_closes_kept_partitions_too() -> None:
    client = Client(ONE, TWO)
    made = gates(client)
    made.on_partitions_assigned([ONE])
    made.let_through(ONE, epoch=1, offset=5)
    made.on_partitions_assigned([ONE, TWO])
    assert not made.open
    assert made.due() == [ONE, TWO]


def test_a_partition_that_waits_is_not_due_before_its_time() -> None:
    made = gates(Client(ONE))
    made.close(ONE, seconds=60)
    assert made.due() == []
    assert made.is_waiting(ONE)
