"""All that a consumer has taken, from the first record on, and never more than that."""

import pytest

from reglament.events.topics import TICKETS
from reglament.ids import new_id
from reglament.messaging.replay import KafkaReplay, LogLost
from tests.integration.reglament.messaging.conftest import Bench, ticket_event

pytestmark = pytest.mark.integration


async def replayed(bench: Bench, replay: KafkaReplay, ticket: str) -> list[int]:
    """The sequences of a ticket's events that come now."""
    found = [envelope for batch in [one async for one in replay.read()] for envelope in batch]
    return [envelope.sequence for envelope in found if envelope.subject == ticket]


def replay_of(bench: Bench) -> KafkaReplay:
    return KafkaReplay(bench.broker.plain, bench.pool, bench.broker.prefix, [TICKETS])


async def test_a_replay_goes_as_far_as_its_consumer_and_gives_each_event_once(
    bench: Bench,
) -> None:
    ticket = new_id()
    async with bench.consuming():
        await bench.send(*(ticket_event(ticket, number) for number in (1, 2, 2, 1, 3)))
        await bench.await_seen(ticket, [1, 2, 3])
    await bench.send(ticket_event(ticket, 4))
    async with replay_of(bench) as replay:
        assert await replay.total() >= 5
        assert await replayed(bench, replay, ticket) == [1, 2, 3]
        async with bench.consuming():
            await bench.await_seen(ticket, [1, 2, 3, 4])
        async with bench.pool.acquire() as connection, connection.transaction():
            await replay.hold(connection)
            rest = [
                one for batch in [each async for each in replay.rest(connection)] for one in batch
            ]
        assert [one.sequence for one in rest if one.subject == ticket] == [4]


async def test_a_log_that_ends_before_what_was_taken_is_no_source(bench: Bench) -> None:
    ticket = new_id()
    async with bench.consuming():
        await bench.send(ticket_event(ticket, 1))
        await bench.await_seen(ticket, [1])
    await bench.pool.execute("UPDATE consumer_offset SET next_offset = next_offset + 1000000")
    async with replay_of(bench) as replay:
        with pytest.raises(LogLost, match="republish first"):
            await replayed(bench, replay, ticket)
