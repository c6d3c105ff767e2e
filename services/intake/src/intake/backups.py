"""How old the newest backup is. Whoever makes them writes each into a folder with a manifest."""

import asyncio
import contextlib
import math
from datetime import datetime
from pathlib import Path

import msgspec

from reglament import clock, metrics

EVERY_SECONDS = 60.0
MANIFEST = "manifest.json"
DATABASES = "databases"


class _Manifest(msgspec.Struct, frozen=True):
    """What of a manifest is read here."""

    at: datetime


def newest_age(folder: Path, now: datetime) -> float:
    """Seconds since the newest backup that is whole; infinite: there is none."""
    ages = [math.inf]
    for file in folder.glob(f"*/{MANIFEST}"):
        with contextlib.suppress(OSError, msgspec.DecodeError):
            at = msgspec.json.decode(file.read_bytes(), type=_Manifest).at
            ages.append((now - at).total_seconds())
    return min(ages)


async def measure_backups(folder: Path, stopping: asyncio.Event) -> None:
    """A loop: the gauge, once a minute."""
    while not stopping.is_set():
        age = await asyncio.to_thread(newest_age, folder, clock.now())
        metrics.BACKUP_AGE.labels(DATABASES).set(age)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), EVERY_SECONDS)
