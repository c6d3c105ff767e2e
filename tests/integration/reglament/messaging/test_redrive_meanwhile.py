"""An event of a ticket that is redriven at that instant waits for it, and then has its effect."""

import asyncio

import pytest

from reglament.events.envelope import headers
from reglament.events.topics import TICKETS
from reglament.ids import new_id
from reglament.messaging.incoming import Incoming, read_parts
from reglament.messaging.taking import Taken, redrive, take, take_each
from tests.integration.reglament.messaging.conftest import SEEN, Bench, ticket_event
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration
WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"


def record(subject: str, sequence: int) -> Incoming:
    """As it comes out of Kafka."""
    one = ticket_event(subject, sequence)
    return read_parts(TICKETS, 0, sequence, one.topic_key, tuple(headers(one)), one.data)


async def test_an_event_that_comes_while_its_ticket_is_redriven_is_taken_after_it(
    bench: Bench,
) -> None:
    subject, consumption = new_id(), bench.consumption()
    bench.effect.poison.add(subject)
    async with bench.pool.acquire() as connection, connection.transaction():
        await take_each(connection, consumption, [record(subject, 1)], Taken())
    bench.effect.poison.clear()

    async def later() -> Taken:
        async with bench.pool.acquire() as connection, connection.transaction():
            return await take(connection, consumption, [record(subject, 2)])

    async with bench.pool.acquire() as redriving, redriving.transaction():
        assert (await redrive(redriving, consumption, subject)).effective
        taking = asyncio.create_task(later())
        await eventually(lambda: bench.pool.fetchval(WAITS))
    assert [one.sequence for one in (await taking).effective] == [2]
    assert [row["sequence"] for row in await bench.pool.fetch(SEEN, subject)] == [1, 2]
