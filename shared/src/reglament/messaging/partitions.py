"""Which partition a subject's events stand in: murmur2, as every Kafka client has it."""

from aiokafka.partitioner import murmur2


def partition_of(subject: str, partitions: int) -> int:
    """0 <= n < partitions; the same number in every ticket topic (architecture 4)."""
    return int((murmur2(subject.encode()) & 0x7FFFFFFF) % partitions)
