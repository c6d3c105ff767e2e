"""Looks at the queues now and then, for the metrics."""

import asyncio
import contextlib

from reglament import clock, metrics
from reglament.runtime import Runtime

EVERY_SECONDS = 5.0
LENGTHS = """
SELECT desk, level, count(*) AS length, min(waiting_since) AS since FROM queue_v1 GROUP BY 1, 2"""


async def measure(runtime: Runtime) -> None:
    """Length and oldest wait of every level's queue, empty ones included."""
    rows = await runtime.pool.fetch(LENGTHS)
    found = {(row["desk"], row["level"]): row for row in rows}
    now = clock.now()
    for desk, entry in runtime.policies.desks().items():
        for level in entry.policy.levels:
            row = found.get((desk, level.name))
            waited = max(0.0, (now - row["since"]).total_seconds()) if row else 0.0
            metrics.QUEUE_LENGTH.labels(desk, level.name).set(row["length"] if row else 0)
            metrics.QUEUE_WAIT.labels(desk, level.name).set(waited)


async def run_measures(runtime: Runtime, stopping: asyncio.Event) -> None:
    """Until told to stop."""
    while not stopping.is_set():
        await measure(runtime)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), EVERY_SECONDS)
