"""`python -m reglament_local.proofs.rebuild --events N`: intake's history of N events is built
anew beside the live one, while it is read over HTTP and goes on being written (reliability b2 19).

Own PostgreSQL, Kafka and intake; the events go through the real store, four fifths said by intake,
one fifth by sla-clock through the real relay and intake's consumer. Exit code 0: the hash is
equal, no read failed, and it took no longer than a million in five minutes allows.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import asyncpg
import httpx

from reglament import clock
from reglament.database import connect_pool, migrate
from reglament.eventstore.postgres import PostgresEventStore
from reglament.ids import new_id
from reglament.messaging.connecting import Kafka
from reglament.messaging.provisioning import owned_by, provide_topics
from reglament.messaging.relay import Relay
from reglament.projections import ProjectionRunner
from reglament_local.console import say
from reglament_local.proofs.apart import KEY, servers, service
from reglament_local.proofs.tickets import EVENTS_A_TICKET as EACH
from reglament_local.proofs.tickets import TICKETS_A_BATCH, append, clocks, commit, history

SERVICES = ("intake", "sla-clock", "escalation", "notifier")
# The start of a process and its end are none of it, on a small machine that is busy.
SLACK_SECONDS, SECONDS_A_MILLION = 60.0, 240.0
READS_A_SECOND, WRITES_A_SECOND = 40.0, 5.0


@dataclass(slots=True, kw_only=True)
class Reads:
    """What the readers saw. failed: answers that were none, or too short."""

    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def at(self, share: float) -> float:
        """A quantile, in milliseconds."""
        cuts = statistics.quantiles(self.seconds, n=1000, method="inclusive")
        return 1000 * cuts[min(998, round(share * 1000) - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The two stores that write, and the service that is read."""

    pool: Any
    store: PostgresEventStore
    other_pool: Any
    other: PostgresEventStore
    url: str
    tickets: list[str]

    async def fill(self, events: int) -> float:
        """`events` in all, in tickets of twenty or ten events; the seconds it took."""
        began, made = time.monotonic(), 0
        while made < events:
            batch = [new_id() for _ in range(min(TICKETS_A_BATCH, -(-(events - made) // EACH)))]
            timed = batch[::4]
            await self._say(batch, timed)
            self.tickets.extend(batch)
            made += EACH * (len(batch) + len(timed))
        return time.monotonic() - began

    async def _say(self, tickets: list[str], timed: list[str]) -> None:
        at = clock.now()
        await append(
            self.pool, self.store, [commit(one, history(at), numbered=True) for one in tickets]
        )
        await append(
            self.other_pool, self.other, [commit(one, clocks(at), numbered=False) for one in timed]
        )

    async def write_on(self) -> None:
        """Life goes on: a ticket, now and then."""
        ticket = new_id()
        await self._say([ticket], [ticket])

    async def read(self, client: httpx.AsyncClient, reads: Reads) -> None:
        """A ticket's history, whole."""
        ticket = random.choice(self.tickets)  # noqa: S311 - no secret
        began = time.monotonic()
        try:
            answer = await client.get(f"/v1/tickets/{ticket}/history")
        except httpx.HTTPError as fault:
            reads.failed.append(repr(fault))
            return
        reads.seconds.append(time.monotonic() - began)
        if answer.status_code != 200 or len(answer.json()["items"]) < EACH:
            reads.failed.append(f"{answer.status_code} {answer.text[:100]}")


@asynccontextmanager
async def bench(postgres: str, kafka: str, url: str) -> AsyncIterator[Bench]:
    """The stores, and the relay of the second one."""
    definition = import_module("intake.app").DEFINITION  # no import of a service: its rule
    inline = [*map(ProjectionRunner, definition.projections), *definition.inline]
    pool = await connect_pool(_of(postgres, "intake"), "proof", size=4)
    other_pool = await connect_pool(_of(postgres, "sla_clock"), "proof", size=2)
    await migrate(other_pool, ["reglament.eventstore.migrations"])
    relay = Relay("sla-clock", Kafka(bootstrap=kafka), _of(postgres, "sla_clock"))
    stopping = asyncio.Event()
    relaying = asyncio.create_task(relay.run(stopping))
    try:
        yield Bench(
            pool=pool,
            store=PostgresEventStore(pool, definition.source, inline),
            other_pool=other_pool,
            other=PostgresEventStore(other_pool, "/reglament/sla-clock", on_append=relay.wake),
            url=url,
            tickets=[],
        )
    finally:
        stopping.set()
        with suppress(Exception):
            await asyncio.wait_for(relaying, 10)
        await pool.close()
        await other_pool.close()


def _of(postgres: str, database: str) -> str:
    return f"{postgres.rpartition('/')[0]}/{database}"


async def _paced(
    work: Callable[[], Awaitable[None]], a_second: float, stopping: asyncio.Event
) -> None:
    """Again and again, at a pace or as fast as it goes."""
    while not stopping.is_set():
        due = time.monotonic() + 1 / a_second
        await work()
        await asyncio.sleep(max(0.0, due - time.monotonic()))


async def _rebuilt(url: str) -> dict[str, Any]:
    command = ("-m", "reglament.cli", "rebuild", "intake.history", "--at", f"intake={url}")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *(*command, "--json"),
        env={**os.environ, "REGLAMENT_KEY": KEY},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    return dict(json.loads(said)[0])


async def measure(here: Bench, events: int) -> tuple[dict[str, Any], Reads, float]:
    """Fill, wait until intake has all of it, rebuild under readers and writers."""
    filled = await here.fill(events)
    say(f"{events} events through the store in {filled:.0f} s, {events / filled:.0f}/s")
    while await here.pool.fetchval("SELECT count(*) FROM history_v1") < events:  # noqa: ASYNC110
        await asyncio.sleep(0.5)
    say("all of them are in the live history")
    reads, stopping = Reads(), asyncio.Event()
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=here.url, headers=headers, timeout=30) as client:

        async def read() -> None:
            await here.read(client, reads)

        loops = [
            *(asyncio.create_task(_paced(read, READS_A_SECOND / 4, stopping)) for _ in range(4)),
            asyncio.create_task(_paced(here.write_on, WRITES_A_SECOND, stopping)),
        ]
        began = time.monotonic()
        try:
            state = await _rebuilt(here.url)
        finally:
            took = time.monotonic() - began
            stopping.set()
            await asyncio.gather(*loops)
    return state, reads, took


def judge(state: dict[str, Any], reads: Reads, took: float) -> int:
    """One line of figures; 0: all is as it must be."""
    result = state["result"] or {}
    bound = SLACK_SECONDS + SECONDS_A_MILLION * result.get("events", 0) / 1e6
    good = state["phase"] == "swapped" and result["is_same"] and not reads.failed and took <= bound
    say(
        f"rebuild {'ok' if good else 'FAILED'}: {state['phase']}, {result.get('events')} events, "
        f"{result.get('rows')} rows in {took:.1f} s ({result.get('events', 0) / took:.0f}/s), hash "
        f"{'equal' if result.get('is_same') else 'DIFFERENT'} {str(result.get('new_hash'))[:12]}, "
        f"reads {len(reads.seconds)} failed {len(reads.failed)} p50 {reads.at(0.5):.0f} ms "
        f"p99 {reads.at(0.99):.0f} ms max {1000 * max(reads.seconds):.0f} ms"
    )
    for line in [state["fault"], *reads.failed[:5]]:
        if line:
            say(f"  {line}")
    return 0 if good else 1


async def prove(events: int) -> int:
    """The exit code."""
    with servers("postgres,kafka") as (addresses, folder):
        postgres, kafka = addresses["postgres"], addresses["kafka"]
        await _databases(postgres)
        for name in SERVICES:
            await provide_topics(Kafka(bootstrap=kafka), owned_by(name), 12, 1)
        environ = {
            "DATABASE": _of(postgres, "intake"),
            "KAFKA": kafka,
            "ROLES": '["api", "consumer"]',
            "SHUTDOWN_SECONDS": "5",
        }
        with service("intake", environ, folder) as url:
            async with bench(postgres, kafka, url) as here:
                return judge(*await measure(here, events))


async def _databases(postgres: str) -> None:
    admin = await asyncpg.connect(postgres)
    try:
        found = {row["datname"] for row in await admin.fetch("SELECT datname FROM pg_database")}
        for name in ("intake", "sla_clock"):
            if name not in found:
                await admin.execute(f"CREATE DATABASE {name}")
    finally:
        await admin.close()


def main() -> int:
    """`--events N`."""
    parser = argparse.ArgumentParser(prog="reglament_local.proofs.rebuild", description=__doc__)
    parser.add_argument("--events", type=int, default=20_000)
    return asyncio.run(prove(parser.parse_args().events))


if __name__ == "__main__":
    sys.exit(main())
