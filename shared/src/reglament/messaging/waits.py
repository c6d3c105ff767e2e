"""Partitions that wait for a fact that is not there yet, and when that becomes an alarm.

The records before it were taken; this one, and all behind it, wait. Lag shows that something is
behind; only this shows that it does not move.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass

import structlog
from aiokafka import TopicPartition

from reglament import metrics
from reglament.spoken_faults import words_of

FIRST_SECONDS, LONGEST_SECONDS = 0.1, 2.0
ALARM_SECONDS = 300.0
log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class _Wait:
    since: float
    pause: float
    cause: str
    told_at: float = float("-inf")


class Waits:
    """What is held now. alarm_seconds: from when on it is said aloud, and how often."""

    def __init__(self, alarm_seconds: float = ALARM_SECONDS) -> None:
        self._alarm = alarm_seconds
        self._held: dict[TopicPartition, _Wait] = {}

    def hold(self, partition: TopicPartition, cause: Exception, *, progressed: bool) -> float:
        """Seconds until the next try: longer each time, short again behind a record taken."""
        wait = self._held.get(partition)
        if wait is None or progressed:
            wait = _Wait(since=time.monotonic(), pause=FIRST_SECONDS, cause="")
            self._held[partition] = wait
        else:
            wait.pause = min(LONGEST_SECONDS, 2 * wait.pause)
        wait.cause = words_of(cause)
        log.info("partition_waits", partition=str(partition), seconds=wait.pause, cause=wait.cause)
        return wait.pause

    def over(self, partition: TopicPartition) -> None:
        """It goes on."""
        self._held.pop(partition, None)

    def show(self, owned: Collection[TopicPartition]) -> None:
        """The metric, and the alarm where one has lasted too long. owned: of others forget all."""
        moment, longest = time.monotonic(), 0.0
        for lost in self._held.keys() - set(owned):
            del self._held[lost]
        for partition, wait in self._held.items():
            seconds = moment - wait.since
            longest = max(longest, seconds)
            if seconds >= self._alarm and moment - wait.told_at >= self._alarm:
                wait.told_at = moment
                log.error(
                    "partition_held",
                    partition=str(partition),
                    seconds=round(seconds),
                    cause=wait.cause,
                )
        metrics.PARTITION_HELD.set(longest)
