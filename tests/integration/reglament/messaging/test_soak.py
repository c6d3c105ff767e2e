"""A relay and a consumer at work for a while: memory and files stay as they are (b2 20).

SOAK_SECONDS=1800 is the long setting; `-s` shows the figures.
"""

import asyncio
import os
import time
from dataclasses import dataclass

import psutil
import pytest

from reglament.command_handler import handle
from reglament.ids import new_id
from tests.integration.reglament.messaging.conftest import Bench
from tests.integration.reglament.messaging.source import Source, relay_process, submission
from tests.integration.reglament.messaging.test_kills import consumer_process

pytestmark = [pytest.mark.integration, pytest.mark.timeout(4000)]
SECONDS = float(os.environ.get("SOAK_SECONDS", "16"))
WARM_SECONDS = max(6.0, SECONDS / 6)
LONG_SECONDS = 600.0
MEGABYTE = 1 << 20
# Over ten minutes; in a short run the allocator's first steps are most of what is seen.
MOST_GROWTH = 1.0
MOST_GROWTH_SHORT = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Of a process: resident megabytes, open files."""

    megabytes: float
    files: int


def size_of(pid: int) -> Size:
    process = psutil.Process(pid)
    return Size(megabytes=process.memory_info().rss / MEGABYTE, files=process.num_fds())


async def work(source: Source, seconds: float) -> int:
    """Events at a steady pace, with a pause now and then in which both are idle."""
    bound, count = time.monotonic() + seconds, 0
    while time.monotonic() < bound:
        tickets = [new_id() for _ in range(10)]
        await asyncio.gather(*(handle(source.store, submission(ticket)) for ticket in tickets))
        count += len(tickets)
        await asyncio.sleep(1.5 if count % 200 == 0 else 0.05)
    await source.drained()
    return count


async def test_under_a_steady_load_memory_and_files_stay_level(
    source: Source, bench: Bench
) -> None:
    with relay_process(source) as relay, consumer_process(bench) as consumer:
        first = new_id()
        await handle(source.store, submission(first))
        await bench.await_seen(first, [1], 60)
        await work(source, WARM_SECONDS)
        before = {name.pid: size_of(name.pid) for name in (relay, consumer)}
        events = await work(source, SECONDS)
        after = {pid: size_of(pid) for pid in before}
    for pid, size in before.items():
        grown = after[pid].megabytes - size.megabytes
        print(f"{events} events, {grown:+.1f} MB, files {size.files} -> {after[pid].files}")  # noqa: T201
        bound = MOST_GROWTH_SHORT
        if SECONDS > LONG_SECONDS:
            bound = MOST_GROWTH * SECONDS / LONG_SECONDS
        assert grown < bound
        assert after[pid].files <= size.files + 2
