"""Side work on the consumer's client: the horizon, the lag, offsets for Kafka's lag tools."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from reglament.messaging.horizon import Horizon
from reglament.messaging.measures import Lag

EVERY_SECONDS = 0.5
LAG_EVERY_TURNS = 4
COMMIT_EVERY_TURNS = 10
Owned = Callable[[], Mapping[TopicPartition, int]]


async def report(
    kafka: Any, topics: Sequence[str], horizon: Horizon, owned: Owned, held: Owned
) -> None:
    """Until cancelled. owned: partition -> next offset, of what is read and committed here; held:
    the same with those that wait for something, of which only the lag is told.

    What fails here is left out: the truth stands in the database.
    """
    lag, turn = Lag(), 0
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        turn += 1
        applied = owned()
        horizon.lost(applied)
        with contextlib.suppress(KafkaError, IllegalStateError, TimeoutError, ValueError):
            await horizon.ask(kafka)
            if turn % LAG_EVERY_TURNS == 0 and (known := held()):
                async with asyncio.timeout(5):
                    lag.show(known, await kafka.end_offsets(list(known)), topics)
            if turn % COMMIT_EVERY_TURNS == 0 and applied:
                async with asyncio.timeout(5):  # without a coordinator it tries for ever
                    await kafka.commit(dict(applied))
