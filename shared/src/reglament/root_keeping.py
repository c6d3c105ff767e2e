"""A root a day, written out of the database (architecture 10)."""

import asyncio
import contextlib
from datetime import UTC, datetime

import structlog

from reglament import clock
from reglament.eventstore import rooting
from reglament.runtime import Runtime

LOOK_SECONDS = 30.0
log = structlog.get_logger(__name__)


def is_due(last: datetime | None, now: datetime) -> bool:
    """Once a day, by UTC; the first at once."""
    return last is None or last.astimezone(UTC).date() < now.astimezone(UTC).date()


async def keep_roots(runtime: Runtime, stopping: asyncio.Event) -> None:
    """Write what is due, into the folder and into the log, until `stopping`."""
    folder = runtime.settings.roots
    while folder is not None and not stopping.is_set():
        known = await rooting.all_roots(runtime.pool)
        now = clock.now()
        if is_due(known[-1].at if known else None, now):
            async with runtime.pool.acquire() as connection:
                root = await rooting.write_root(connection, runtime.service, folder, now)
            if root is not None:
                log.info("root_written", number=root.number, digest=root.digest, leaves=root.leaves)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), LOOK_SECONDS)
