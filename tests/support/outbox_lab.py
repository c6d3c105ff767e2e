"""Does the relay skip or reorder, whatever the writers' transactions do? Prints one line.

`../shared/starter/lab/outbox_lab.py` with the real event store and the real relay: writers which
draw their transaction's id long before they wait for a ticket, sleep in between, commit late.

    python -m tests.support.outbox_lab --seconds 60
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import asyncpg

from reglament.command_handler import handle_batch
from reglament.errors import Conflict
from reglament.ids import new_id
from reglament.messaging.connecting import Kafka
from reglament.messaging.provisioning import owned_by, provide_topics
from tests.integration.reglament.messaging.source import (
    PARTITIONS,
    Source,
    insist,
    intake,
    sequences,
    submission,
)
from tests.support.processes import running

STREAMS = 40
EARLY_WRITE = "INSERT INTO early DEFAULT VALUES"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """rows: events written; skipped: never in Kafka; inversions: older behind newer, per ticket;

    doubled: sent more than once (allowed); worst: seconds from a commit to its acknowledgement.
    """

    rows: int
    skipped: int
    inversions: int
    doubled: int
    worst: float

    @property
    def is_clean(self) -> bool:
        """Whether the promise held."""
        return self.rows > 0 and self.skipped == self.inversions == 0

    def __str__(self) -> str:
        return (
            f"outbox-lab: rows {self.rows} skipped {self.skipped} inversions {self.inversions} "
            f"doubled {self.doubled} worst delay {self.worst * 1000:.0f} ms"
        )


async def write(source: Source, number: int, tickets: list[str], seconds: float) -> None:
    """One writer: an early write, a pause, a ticket's lock, a pause, the commit."""
    rng = random.Random(number)  # noqa: S311 - repeatable
    bound = time.monotonic() + seconds
    connection = await asyncpg.connect(source.dsn)
    try:
        while time.monotonic() < bound:
            with suppress(Conflict, asyncpg.PostgresError):
                async with connection.transaction():
                    await connection.execute(EARLY_WRITE)
                    await asyncio.sleep(rng.random() * 0.004)
                    one = submission(rng.choice(tickets))
                    await handle_batch(source.store, connection, [one])
                    await asyncio.sleep(rng.random() * 0.006)
            source.store.wake()
    finally:
        await connection.close()


async def worst_delay(source: Source, seconds: float) -> float:
    """The longest that a committed event waited in the outbox."""
    worst, bound = 0.0, time.monotonic() + seconds
    since: dict[int, float] = {}
    while time.monotonic() < bound:
        rows = await source.pool.fetch("SELECT position FROM pending")
        moment, there = time.monotonic(), {row["position"] for row in rows}
        worst = max([worst, *(moment - at for key, at in since.items() if key in there)])
        since = {position: since.get(position, moment) for position in there}
        await asyncio.sleep(0.02)
    return worst


async def experiment(source: Source, seconds: float, writers: int = 10) -> Found:
    """Write for so long, let the relay finish, compare the table with Kafka."""
    tickets = [new_id() for _ in range(STREAMS)]
    await source.pool.execute("CREATE TABLE early (id bigserial PRIMARY KEY)")
    async with source.relaying():
        await insist(source, submission(tickets[0]))
        await source.drained(60)  # a relay that is on its way up is no delay of one that works
        watching = asyncio.create_task(worst_delay(source, seconds))
        await asyncio.gather(
            *(write(source, number, tickets, seconds) for number in range(writers))
        )
        worst = await watching
        await source.drained(60)
    kafka = await source.in_kafka()
    rows = await source.pool.fetch("SELECT subject, version FROM events")
    sent = {ticket: sequences(kafka[ticket]) for ticket in tickets}
    stored = Counter((row["subject"], row["version"]) for row in rows)
    return Found(
        rows=len(rows),
        skipped=sum(version not in sent[subject] for subject, version in stored),
        inversions=sum(_inversions(some) for some in sent.values()),
        doubled=sum(len(some) - len(set(some)) for some in sent.values()),
        worst=worst,
    )


def _inversions(some: list[int]) -> int:
    """First times of a sequence that stand behind a higher one."""
    first = list(dict.fromkeys(some))
    return sum(before > after for before, after in pairwise(first))


async def hold_a_transaction(dsn: str) -> Any:
    """An open write transaction in another database: with a horizon it would stop every relay."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("BEGIN")
    await connection.execute("CREATE TABLE held (id int)")
    return connection


async def _run(seconds: float, dsn: str, kafka: str) -> Found:
    other = await hold_a_transaction(dsn)
    await other.execute("SELECT pg_current_xact_id()")
    try:
        async with _database(dsn) as own, intake(own, kafka, "lab") as source:
            await provide_topics(Kafka(bootstrap=kafka), owned_by("intake"), PARTITIONS, 1)
            return await experiment(source, seconds)
    finally:
        await other.close()


class _database:  # noqa: N801 - used as a function
    """A database of the run's own, for as long as the block."""

    def __init__(self, admin: str) -> None:
        self._admin, self._name = admin, f"lab_{new_id().replace('-', '')}"

    async def _do(self, statement: str) -> None:
        connection = await asyncpg.connect(self._admin)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def __aenter__(self) -> str:
        await self._do(f'CREATE DATABASE "{self._name}"')
        return f"{self._admin.rpartition('/')[0]}/{self._name}"

    async def __aexit__(self, *_: object) -> None:
        await self._do(f'DROP DATABASE "{self._name}" WITH (FORCE)')


def main() -> int:
    """Exit code: 0 nothing skipped, nothing out of order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        words = ("servers", "--only", "postgres,kafka")
        with running(Path(folder), words, "servers.json") as servers:
            found = asyncio.run(_run(given.seconds, servers["postgres"], servers["kafka"]))
    print(found)  # noqa: T201 - this is its answer
    return 0 if found.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
