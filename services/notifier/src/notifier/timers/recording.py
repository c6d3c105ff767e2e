"""What was done outside is written down, through faults of the database that pass."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from reglament.messaging.faults import is_passing
from reglament.spoken_faults import words_of

SHORTEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.2, 5.0
log = structlog.get_logger(__name__)


async def until_recorded(record: Callable[[], Awaitable[None]], within: timedelta) -> None:
    """Try until it is recorded; raises what went wrong last after `within`, or is no passing fault.

    Else a letter that is out would be sent again when its lease ends, because the database was
    away for a second.
    """
    bound, wait = time.monotonic() + within.total_seconds(), SHORTEST_WAIT_SECONDS
    while True:
        try:
            return await record()
        except Exception as fault:
            if not is_passing(fault) or time.monotonic() + wait > bound:
                raise
            log.warning("not_recorded_yet", fault=words_of(fault))
        await asyncio.sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT_SECONDS)
