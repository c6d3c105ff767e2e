"""Members come and go without a pause; the work goes on (reliability b2 6).

STORM_SECONDS=180 runs it as long as the table there says; `-s` shows the figures.
"""

import asyncio
import os
import random
import signal
import time
from contextlib import ExitStack

import pytest

from reglament.ids import new_id
from tests.integration.reglament.messaging.conftest import Bench, ticket_event
from tests.integration.reglament.messaging.test_kills import consumer_process
from tests.support.crowding import crowding

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]
SECONDS = float(os.environ.get("STORM_SECONDS", "24"))
CHANGE_EVERY_SECONDS = 2.0
LONGEST_STALL_SECONDS = 20.0
LISTENER = {"FAILPOINT": "consumer.in_listener:kill:2"}
DONE = "SELECT count(*), count(DISTINCT (subject, sequence)) FROM effects"


async def stalls(bench: Bench, stop: asyncio.Event) -> float:
    """The longest time without any new effect while something was there to do."""
    last, since, longest = 0, time.monotonic(), 0.0
    while not stop.is_set():
        count, _ = await bench.pool.fetchrow(DONE)
        if count != last:
            longest = max(longest, time.monotonic() - since)
            last, since = count, time.monotonic()
        await asyncio.sleep(0.1)
    return longest


async def feed(bench: Bench, tickets: list[str], stop: asyncio.Event) -> int:
    """Every ticket's next event, again and again; how many each got."""
    sequence = 0
    while not stop.is_set():
        sequence += 1
        await bench.send(*(ticket_event(ticket, sequence) for ticket in tickets))
        await asyncio.sleep(0.1)
    return sequence


async def change(bench: Bench) -> int:
    """A third member and a second one, started, killed, stopped, killed in the listener."""
    rng, changes = random.Random(6), 0  # noqa: S311 - repeatable
    bound = time.monotonic() + SECONDS
    with ExitStack() as staying:
        staying.enter_context(consumer_process(bench, "0"))
        while time.monotonic() < bound:
            instance = rng.choice(["1", "2"])
            environ = LISTENER if rng.random() < 0.5 else {}
            with consumer_process(bench, instance, **environ) as member:
                await asyncio.sleep(CHANGE_EVERY_SECONDS)
                if rng.random() < 0.5:
                    member.send_signal(signal.SIGTERM)
            changes += 2
    return changes


async def test_in_a_storm_of_rebalances_the_work_goes_on_and_stays_in_order(bench: Bench) -> None:
    tickets, stop = [new_id() for _ in range(12)], asyncio.Event()
    feeding = asyncio.create_task(feed(bench, tickets, stop))
    watching = asyncio.create_task(stalls(bench, stop))
    changes = await change(bench)
    stop.set()
    last, longest = await feeding, await watching
    with consumer_process(bench, "0"):
        for ticket in tickets:
            await bench.await_seen(ticket, range(1, last + 1), seconds=60)
    print(f"{changes} changes, longest stall {longest:.1f} s, {last * len(tickets)} events")  # noqa: T201
    assert longest < LONGEST_STALL_SECONDS * crowding()
