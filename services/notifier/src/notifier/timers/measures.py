"""Looks at what waits to be sent now and then, for the metrics and the alarms on them."""

import asyncio
import contextlib
from datetime import datetime, timedelta

import structlog

from reglament import clock, metrics
from reglament.runtime import Runtime

log = structlog.get_logger(__name__)

EVERY_SECONDS = 5.0
ALARM_AFTER = timedelta(minutes=5)
OVERDUE = "SELECT count(*) FROM letters WHERE state = 'waiting' AND created_at < $1"
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
    await _measure_overdue(runtime, now)


async def _measure_overdue(runtime: Runtime, now: datetime) -> None:
    """Letters whose text or contact does not come (architecture 5): an alarm for people."""
    overdue = await runtime.pool.fetchval(OVERDUE, now - ALARM_AFTER)
    metrics.LETTERS_OVERDUE.set(overdue)
    if overdue:
        log.error("letters_overdue", letters=overdue, after_seconds=ALARM_AFTER.total_seconds())


async def run_measures(runtime: Runtime, stopping: asyncio.Event) -> None:
    """Until told to stop."""
    while not stopping.is_set():
        await measure(runtime)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), EVERY_SECONDS)
