"""A root a day, written out of the database (architecture 10)."""

import asyncio
import contextlib
from datetime import UTC, datetime

import structlog

from reglament import clock
from reglament.eventstore import rooting
from reglament.eventstore.root_signing import Signer
from reglament.eventstore.rooting import Keeping
from reglament.runtime import Runtime
from reglament.settings import ProcessSettings

LOOK_SECONDS = 30.0
log = structlog.get_logger(__name__)


def is_due(last: datetime | None, now: datetime) -> bool:
    """Once a day, by UTC; the first at once."""
    return last is None or last.astimezone(UTC).date() < now.astimezone(UTC).date()


def keeping_of(settings: ProcessSettings, service: str) -> Keeping | None:
    """Where and by whom; None: nowhere."""
    if settings.roots is None:
        return None
    signer = Signer(settings.secret.get_secret_value())
    return Keeping(
        service=service,
        folder=settings.roots,
        signer=signer,
        trusted=settings.root_signers,
    )


async def keep_roots(runtime: Runtime, stopping: asyncio.Event) -> None:
    """Write what is due, into the folder and into the log, until `stopping`."""
    keeping = keeping_of(runtime.settings, runtime.service)
    while keeping is not None and not stopping.is_set():
        known = await rooting.all_roots(runtime.pool)
        now = clock.now()
        if is_due(known[-1].at if known else None, now):
            async with runtime.pool.acquire() as connection:
                root = await rooting.write_root(connection, keeping, now)
            if root is not None:
                log.info("root_written", number=root.number, digest=root.digest, leaves=root.leaves)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), LOOK_SECONDS)
