"""One bad record in two hundred: buried, its ticket waits, all others flow (reliability b2 14)."""

import random
from collections.abc import Callable

import msgspec
import pytest

from reglament.events.envelope import Envelope, headers
from reglament.events.topics import TICKETS
from reglament.ids import new_id
from reglament.messaging.taking import redrive
from tests.integration.reglament.messaging.conftest import Bench, ticket_event
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration
TICKETS_OF_EACH, EVENTS_OF_EACH = 80, 10
OPEN = "SELECT subject, cause FROM dead_letter WHERE settled_at IS NULL"
Spoil = Callable[[Envelope], tuple[bytes, list[tuple[str, bytes]]]]


def broken_json(one: Envelope) -> tuple[bytes, list[tuple[str, bytes]]]:
    return one.data[:-1], headers(one)


def huge_field(one: Envelope) -> tuple[bytes, list[tuple[str, bytes]]]:
    return msgspec.json.encode({"at": "x" * 1_000_000}), headers(one)


def nul_in_text(one: Envelope) -> tuple[bytes, list[tuple[str, bytes]]]:
    return msgspec.json.encode({"at": "2026\0", "actor": {"kind": "\0", "id": "\0"}}), headers(one)


def no_headers(one: Envelope) -> tuple[bytes, list[tuple[str, bytes]]]:
    return one.data, [("ce_type", b"TicketResumed")]


SPOILT: tuple[Spoil, ...] = (broken_json, huge_field, nul_in_text, no_headers)


async def flooded(bench: Bench, tickets: list[str]) -> dict[str, int]:
    """All events of all tickets, shuffled but in order by ticket; bad ticket -> bad sequence."""
    rng, bad = random.Random(14), {}  # noqa: S311 - repeatable
    for number, spoil in enumerate(SPOILT):
        bad[tickets[number * 7]] = (rng.randint(3, 6), spoil)
    for sequence in range(1, EVENTS_OF_EACH + 1):
        rng.shuffle(tickets)
        for ticket in tickets:
            one = ticket_event(ticket, sequence)
            value, head = one.data, headers(one)
            if ticket in bad and bad[ticket][0] == sequence:
                value, head = bad[ticket][1](one)
            await bench.producer.send(TICKETS, value, one.topic_key, headers=head)
    await bench.producer.flush()
    return {ticket: at for ticket, (at, _) in bad.items()}


async def test_one_bad_record_in_two_hundred_delays_its_own_ticket_only(bench: Bench) -> None:
    tickets = [new_id() for _ in range(TICKETS_OF_EACH)]
    bad = await flooded(bench, tickets)
    async with bench.consuming() as supervisor:
        for ticket in tickets:
            last = bad.get(ticket, EVENTS_OF_EACH + 1)
            await bench.await_seen(ticket, range(1, last), 60)

        async def all_buried() -> bool:
            return {row["subject"] for row in await bench.pool.fetch(OPEN)} == set(bad)

        await eventually(all_buried)
        assert supervisor.states["consumer"].is_running
        parked = "SELECT sequence FROM parked WHERE subject = $1 ORDER BY id"
        for ticket, at in bad.items():
            rows = await bench.pool.fetch(parked, ticket)
            assert [row["sequence"] for row in rows] == list(range(at + 1, EVENTS_OF_EACH + 1))


async def test_after_the_repair_a_redrive_takes_all_in_order(bench: Bench) -> None:
    tickets = [new_id() for _ in range(20)]
    bad = tickets[0]
    bench.effect.poison = {bad}
    for sequence in range(1, 8):
        await bench.send(*(ticket_event(ticket, sequence) for ticket in tickets))
    async with bench.consuming():
        for ticket in tickets[1:]:
            await bench.await_seen(ticket, range(1, 8))
        async with bench.pool.acquire() as connection:
            still = await redrive(connection, bench.consumption(), bad)
            assert (len(still.dead), await bench.seen(bad)) == (1, [])
            bench.effect.poison = set()
            await redrive(connection, bench.consumption(), bad)
        assert await bench.seen(bad) == list(range(1, 8))
    assert await bench.pool.fetch(OPEN) == []


async def test_a_bad_release_stops_the_consumer_and_nothing_more_is_buried(bench: Bench) -> None:
    tickets = [new_id() for _ in range(120)]
    bench.effect.poison = set(tickets)
    for number in range(0, 120, 10):
        await bench.send(*(ticket_event(ticket, 1) for ticket in tickets[number : number + 10]))
    async with bench.consuming() as supervisor:

        async def has_halted() -> bool:
            return supervisor.states["consumer"].halted

        await eventually(has_halted, 60)
        fault = supervisor.states["consumer"].fault or ""
    assert "dead letters within a minute" in fault
