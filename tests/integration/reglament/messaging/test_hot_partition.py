"""One partition has very much to do; the others do not starve (reliability b2 21)."""

import statistics
import time

import pytest

from reglament.ids import new_id
from reglament.messaging.partitions import partition_of
from tests.integration.reglament.messaging.conftest import Bench, ticket_event
from tests.integration.reglament.messaging.source import PARTITIONS
from tests.support.crowding import crowding
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration
HOT_EVENTS, COLD_EVENTS = 30_000, 60
BOUND_SECONDS = 2.0


def ticket_on(partition: int) -> str:
    """A ticket whose events go there."""
    while partition_of(ticket := new_id(), PARTITIONS) != partition:
        pass
    return ticket


async def heat(bench: Bench, ticket: str) -> None:
    for start in range(1, HOT_EVENTS + 1, 500):
        await bench.send(*(ticket_event(ticket, start + number) for number in range(500)))


async def lag_of(bench: Bench, ticket: str, sequence: int) -> float:
    """Seconds from the sending of an event to its effect."""
    await bench.send(ticket_event(ticket, sequence))
    began = time.monotonic()

    async def taken() -> bool:
        query = "SELECT true FROM inbox WHERE subject = $1 AND sequence >= $2"
        return bool(await bench.pool.fetchval(query, ticket, sequence))

    await eventually(taken, 30, poll=0.01)
    return time.monotonic() - began


async def test_while_one_partition_catches_up_the_others_are_read_soon(bench: Bench) -> None:
    hot, cold = ticket_on(0), ticket_on(1)
    await heat(bench, hot)
    async with bench.consuming():
        lags = [await lag_of(bench, cold, number + 1) for number in range(COLD_EVENTS)]
        still = "SELECT sequence FROM inbox WHERE subject = $1"

        async def hot_is_done() -> bool:
            return bool(await bench.pool.fetchval(still, hot) == HOT_EVENTS)

        await eventually(hot_is_done, 120)
    p50, worst = statistics.median(lags[1:]), max(lags[1:])
    print(f"cold: p50 {p50 * 1000:.0f}, worst {worst * 1000:.0f} ms")  # noqa: T201 - with -s
    assert worst < BOUND_SECONDS * crowding()
