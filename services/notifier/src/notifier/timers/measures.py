"""Looks at what waits to be sent now and then, for the metrics and the alarms on them."""

import asyncio
import contextlib

from reglament import clock, metrics
from reglament.runtime import Runtime

EVERY_SECONDS = 5.0
PENDING = """
SELECT 'letter' AS kind, count(*) AS pending, min(created_at) AS since
FROM letters WHERE state IN ('ready', 'waiting')
UNION ALL
SELECT 'webhook', count(*), min(created_at) FROM webhooks WHERE state = 'ready'"""


async def measure(runtime: Runtime) -> None:
    """How many deliveries wait, and since when the oldest does."""
    now = clock.now()
    for row in await runtime.pool.fetch(PENDING):
        age = max(0.0, (now - row["since"]).total_seconds()) if row["since"] else 0.0
        metrics.DELIVERIES_PENDING.labels(row["kind"]).set(row["pending"])
        metrics.DELIVERIES_AGE.labels(row["kind"]).set(age)


async def run_measures(runtime: Runtime, stopping: asyncio.Event) -> None:
    """Until told to stop."""
    while not stopping.is_set():
        await measure(runtime)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), EVERY_SECONDS)
