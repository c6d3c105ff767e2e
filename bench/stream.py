"""PostgreSQL and Kafka of a bench's own, and a round of something that works through records."""

import asyncio
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar
from urllib.parse import urlsplit

import psutil

from bench.contest import Round
from bench.driving import Meter, listener
from reglament.messaging.connecting import Kafka
from tests.support.processes import running

T = TypeVar("T")
LOOK_SECONDS, PATIENCE_SECONDS = 0.005, 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """postgres: the DSN of the superuser; kafka: nobody else writes there."""

    postgres: str
    kafka: Kafka

    def meter(self, dsn: str) -> Meter:
        """CPU of this process, in which all contestants run, and of that database's sessions."""
        server = psutil.Process(listener(int(urlsplit(self.postgres).port or 0)))
        database = urlsplit(dsn).path.lstrip("/")
        return Meter(service=psutil.Process(), postgres=server, database=database)


@contextmanager
def servers() -> Iterator[Servers]:
    """Those that wait for the disk; REGLAMENT_SERVERS names a servers.json of running ones."""
    named = os.environ.get("REGLAMENT_SERVERS")
    if named:
        yield _of(json.loads(Path(named).read_text(encoding="utf-8")))
        return
    words, durable = ("servers", "--only", "postgres,kafka"), {"REGLAMENT_DURABLE": "1"}
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), words, "servers.json", durable) as found,
    ):
        yield _of(found)


def _of(found: dict[str, str]) -> Servers:
    return Servers(postgres=found["postgres"], kafka=Kafka(bootstrap=found["kafka"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """count: how many records are done for good; total: of how many; seconds: at most."""

    count: Callable[[], float]
    total: int
    seconds: float
    meter: Meter


async def observed(watch: Watch, working: "asyncio.Future[Any]") -> Round:
    """Records a second, and microseconds of CPU a record, from one commit to a later one.

    working: whoever works meanwhile; its fault is raised. So no start and no connecting counts,
    and what the first commit held does not either. Raises TimeoutError.
    """
    first = await _beyond(watch, 0, working)
    service, sessions = watch.meter.read()
    began = perf_counter()
    done = first
    while done < watch.total and perf_counter() - began < watch.seconds:
        done = await _beyond(watch, done, working)
    seconds, (service_now, sessions_now) = perf_counter() - began, watch.meter.read()
    if done == first:
        raise RuntimeError(f"{first:.0f} records were one batch: too few to say anything")
    spent = sum(now - sessions.get(pid, now) for pid, now in sessions_now.items())
    each = 1e6 / (done - first)
    own, its = (service_now - service) * each, spent * each
    figures = {"own_us": own, "database_us": its, "cpu_us": own + its, "records": done - first}
    return Round(value=(done - first) / seconds, figures=figures)


async def _beyond(watch: Watch, known: float, working: "asyncio.Future[Any]") -> float:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (done := watch.count()) <= known:
            if working.done():
                working.result()
                raise RuntimeError(f"it ended at {done:.0f} of {watch.total}")
            await asyncio.sleep(LOOK_SECONDS)
    return done


def chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """So many at a time."""
    left = iter(values)
    while some := list(islice(left, size)):
        yield some
