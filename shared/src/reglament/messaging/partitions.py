"""Which partition a subject's events stand in: murmur2, as every Kafka client has it."""

from collections.abc import Sequence
from functools import lru_cache

from aiokafka.partitioner import DefaultPartitioner, murmur2

_hashed = lru_cache(maxsize=4096)(murmur2)
_any = DefaultPartitioner()


def partition_of(subject: str, partitions: int) -> int:
    """0 <= n < partitions; the same number in every ticket topic (architecture 4)."""
    return int((_hashed(subject.encode()) & 0x7FFFFFFF) % partitions)


def choose(key: bytes | None, everyone: Sequence[int], there: Sequence[int]) -> int:
    """A producer's partitioner: as its own, which reckons each of a ticket's events anew."""
    if key is None:
        return int(_any(key, everyone, there))
    return everyone[int(_hashed(key) & 0x7FFFFFFF) % len(everyone)]
