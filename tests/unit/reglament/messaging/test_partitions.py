"""The partition of a ticket is the same for every Kafka client."""

from aiokafka.partitioner import DefaultPartitioner

from reglament.messaging.partitions import choose, partition_of


def test_it_is_the_partition_that_the_producer_chooses() -> None:
    chooses, everyone = DefaultPartitioner(), list(range(12))
    for subject in ("0197f2b0-1c1e-7abc-8def-000000000001", "remsys@3", "ключ"):
        expected = chooses(subject.encode(), everyone, everyone)
        assert partition_of(subject, 12) == expected
        assert choose(subject.encode(), everyone, everyone) == expected
