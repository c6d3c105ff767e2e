"""What a consumer does with what Kafka holds, on the real thing (reliability b1, b2)."""

import json
import time
from typing import Any

import pytest
from aiokafka.conn import AIOKafkaConnection

from reglament import metrics
from reglament.errors import NotYet
from reglament.events.topics import TICKETS
from reglament.ids import new_id
from reglament.messaging.dead_letter import LEAST_FOR_SHARE, PER_MINUTE
from reglament.messaging.taking import redrive
from tests.integration.reglament.messaging.conftest import Bench, ticket_event
from tests.support.crowding import crowding
from tests.support.eventually import eventually

PARKED = "SELECT count(*) FROM parked WHERE subject = $1"
DEAD = "reglament.test.dead-letter.v1"
pytestmark = pytest.mark.integration


async def test_every_event_has_its_effect_once_and_in_order(bench: Bench) -> None:
    tickets = [new_id() for _ in range(20)]
    for sequence in range(1, 6):
        await bench.send(*(ticket_event(ticket, sequence) for ticket in tickets))
    async with bench.consuming():
        for ticket in tickets:
            await bench.await_seen(ticket, [1, 2, 3, 4, 5])


async def test_a_new_consumer_goes_on_where_the_last_one_stopped(bench: Bench) -> None:
    ticket = new_id()
    await bench.send(ticket_event(ticket, 1))
    async with bench.consuming():
        await bench.await_seen(ticket, [1])
    await bench.send(ticket_event(ticket, 2))
    async with bench.consuming():
        await bench.await_seen(ticket, [1, 2])


async def test_a_consumer_whose_fetcher_has_ended_begins_anew(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a write to a socket that was closed just then: uvloop says RuntimeError."""
    send = AIOKafkaConnection.send
    broken: list[Any] = []

    def breaks(self: AIOKafkaConnection, request: Any, *rest: Any, **more: Any) -> Any:
        if type(request).__name__.startswith("FetchRequest") and not broken:
            broken.append(request)
            raise RuntimeError("the handler is closed")
        return send(self, request, *rest, **more)

    before, after = new_id(), new_id()
    await bench.send(ticket_event(before, 1))
    async with bench.consuming() as supervisor:
        await bench.await_seen(before, [1])
        monkeypatch.setattr(AIOKafkaConnection, "send", breaks)
        await bench.send(ticket_event(after, 1))
        await bench.await_seen(after, [1], 60)
        assert broken

        async def has_begun_anew() -> bool:
            return supervisor.states["consumer"].restarts > 0

        # What was on its way before the fetcher ended may have been taken before that is seen.
        await eventually(has_begun_anew, 60)
        last = new_id()
        await bench.send(ticket_event(last, 1))
        await bench.await_seen(last, [1], 60)


async def test_a_doubled_record_has_one_effect(bench: Bench) -> None:
    ticket, other = new_id(), new_id()
    first = ticket_event(ticket, 1)
    await bench.send(first, first, ticket_event(ticket, 2), first)
    async with bench.consuming():
        await bench.await_seen(ticket, [1, 2])
        await bench.send(ticket_event(other, 1))
        await bench.await_seen(other, [1])
    assert sum(taken.duplicates for taken in bench.taken) >= 2


async def test_a_poison_record_parks_its_ticket_only(bench: Bench) -> None:
    bad, good = new_id(), new_id()
    await bench.send(ticket_event(bad, 1))
    await bench.send_raw(bad, b"{", ce_type="TicketResumed")
    await bench.send(ticket_event(bad, 3), ticket_event(good, 1))
    async with bench.consuming():
        await bench.await_seen(good, [1])
        await bench.await_seen(bad, [1])
        query = "SELECT cause FROM dead_letter WHERE subject = $1"
        assert "header" in await bench.pool.fetchval(query, bad)
        assert await bench.pool.fetchval(PARKED, bad) == 1
        said = await bench.pool.fetch("SELECT value FROM records WHERE topic = $1", DEAD)
        assert any(json.loads(row["value"])["subject"] == bad for row in said)


async def test_too_many_poison_records_stop_the_consumer_for_good(bench: Bench) -> None:
    bad = [new_id() for _ in range(PER_MINUTE + 1)]
    for ticket in bad:
        await bench.send_raw(ticket, b"{", ce_type="TicketResumed")
    async with bench.consuming() as supervisor:

        async def halted() -> bool:
            return supervisor.states["consumer"].halted

        await eventually(halted, 60)
        assert "dead letters within a minute" in (supervisor.states["consumer"].fault or "")
    # Who looks at them takes them once more: they are old, and halt nothing.
    looking, dead = bench.consumer(), 0
    async with bench.pool.acquire() as connection:
        for ticket in bad:
            dead += len((await looking.redrive(connection, ticket)).dead)
    assert dead >= LEAST_FOR_SHARE


async def test_what_a_handler_cannot_take_waits_for_the_redrive_in_order(bench: Bench) -> None:
    bad, good = new_id(), new_id()
    bench.effect.poison = {bad}
    await bench.send(*(ticket_event(bad, n) for n in (1, 2, 3)), ticket_event(good, 1))
    async with bench.consuming():
        await bench.await_seen(good, [1])

        async def set_aside() -> bool:
            return bool(await bench.pool.fetchval(PARKED, bad) == 2)

        await eventually(set_aside)
        bench.effect.poison = set()
        async with bench.pool.acquire() as connection:
            await redrive(connection, bench.consumption(), bad)
        await bench.await_seen(bad, [1, 2, 3])
        await bench.send(ticket_event(bad, 4))
        await bench.await_seen(bad, [1, 2, 3, 4])


async def test_a_gap_waits_for_the_missing_event(bench: Bench) -> None:
    ticket, other = new_id(), new_id()
    await bench.send(ticket_event(ticket, 1), ticket_event(ticket, 3), ticket_event(ticket, 4))
    await bench.send(ticket_event(other, 1))
    async with bench.consuming():
        await bench.await_seen(other, [1])
        await bench.await_seen(ticket, [1])
        await bench.send(ticket_event(ticket, 2))
        await bench.await_seen(ticket, [1, 2, 3, 4])


async def test_a_fact_that_is_not_there_yet_holds_its_partition_and_no_other(bench: Bench) -> None:
    waiting, others = new_id(), [new_id() for _ in range(30)]
    bench.effect.poison, bench.effect.refuses = {waiting}, NotYet("its policy")
    await bench.send(ticket_event(waiting, 1), *(ticket_event(other, 1) for other in others))
    async with bench.consuming():

        async def most_flow() -> bool:
            seen = [await bench.seen(other) for other in others]
            return 15 < sum(map(len, seen)) < 30

        await eventually(most_flow)
        assert await bench.seen(waiting) == []
        bench.effect.poison = set()
        await bench.await_seen(waiting, [1])
        for other in others:
            await bench.await_seen(other, [1])
    assert (
        await bench.pool.fetchval("SELECT count(*) FROM blocked WHERE subject = $1", waiting) == 0
    )


async def test_a_partition_that_stands_still_shows_as_lag(bench: Bench) -> None:
    waiting = new_id()
    bench.effect.poison, bench.effect.refuses = {waiting}, NotYet("its policy")
    await bench.send(ticket_event(waiting, 1))

    async def seconds_behind() -> bool:
        return lag() > 3

    def lag() -> float:
        topic = {"messaging_destination_name": TICKETS}
        return metrics.REGISTRY.get_sample_value("kafka_consumer_lag_seconds", topic) or 0.0

    async def level() -> bool:
        return lag() == 0

    async with bench.consuming():
        await eventually(seconds_behind, timeout=20)
        bench.effect.poison = set()
        await bench.await_seen(waiting, [1])
        await eventually(level)


async def test_two_replicas_share_the_partitions_and_nothing_is_doubled(bench: Bench) -> None:
    tickets = [new_id() for _ in range(40)]
    async with bench.consuming("0"):
        await bench.send(*(ticket_event(ticket, 1) for ticket in tickets))
        async with bench.consuming("1"):
            for sequence in range(2, 30):
                await bench.send(*(ticket_event(ticket, sequence) for ticket in tickets))
            for ticket in tickets:
                await bench.await_seen(ticket, range(1, 30))


async def test_it_reads_thousands_of_events_a_second(bench: Bench) -> None:
    tickets = [new_id() for _ in range(500)]
    for sequence in range(1, 21):
        await bench.send(*(ticket_event(ticket, sequence) for ticket in tickets))
    began = time.monotonic()
    async with bench.consuming():

        async def all_there() -> bool:
            query = "SELECT count(*) FROM effects WHERE subject = ANY($1)"
            return bool(await bench.pool.fetchval(query, tickets) == 10_000)

        await eventually(all_there, 60)
    rate = 10_000 / (time.monotonic() - began)
    print(f"{rate:.0f} events/s")  # noqa: T201 - a figure for whoever runs it with -s
    assert rate > 500 / crowding()
