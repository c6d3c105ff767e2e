"""A simulation of many tickets' histories, against reading them and doing nothing.

`python -m bench.simulation [--tickets 1000000] [--workers 2]`: histories written by COPY, then read
into facts by so many processes, then simulated by as many; the rate's ratio, and whether memory
grew. Ends with 1 where the ratio is below the floor of issue 5. With fewer than 100,000 tickets
most of what is measured is the processes' start, and the ratio says nothing.
"""

import argparse
import asyncio
import copy
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from resource import RUSAGE_CHILDREN, getrusage
from time import perf_counter, sleep
from typing import Any

import psutil

from bench.clocks import POLICY
from bench.database import clocked, database, postgres
from bench.rounds import keep
from reglament import clock
from reglament.database import connect
from reglament.events import codec
from reglament.events.administration import PolicyPublished
from reglament.events.escalations import Assigned
from reglament.events.registry import Actor, ContentRef, Event
from reglament.events.tickets import (
    InfoProvided,
    InfoRequested,
    MessageAdded,
    Resolved,
    TicketOpened,
)
from reglament.ids import new_id
from reglament.policy_book import keep_policy
from sla_clock.projections.ticket_events import facts_by_ticket
from sla_clock.simulations.shares import HISTORIES, TICKETS_A_SHARE

FLOOR = 0.3
FIRST = datetime(2026, 1, 5, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANNA = Actor(kind="engineer", id="anna")
CLIENT = Actor(kind="requester", id="r")
CONTENT = ContentRef(id="c", version=1, digest="-")
COLUMNS = ("key", "ticket", "source", "sequence", "type", "schema_version", "desk", "at",
           "recorded_at", "policy_version", "data")  # fmt: skip
START = """INSERT INTO simulations (id, desk, policy, since, until, as_of, state, created_at)
  VALUES ($1, 'bench', $2, '2000-01-01', '2100-01-01', $3, 'new', $3)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """Seconds on the wall; and of the processes' own work, stretched less by a busy machine."""

    wall: float
    cpu: float


def draft() -> dict[str, Any]:
    """Handling and the first answer promised otherwise."""
    found = copy.deepcopy(POLICY)
    found["sla"]["targets"][0]["within"] = "2h"
    found["sla"]["targets"][4]["within"] = "24h"
    return found


def life(number: int) -> Iterator[Event]:
    """Six events over hours or days, some late."""
    at = FIRST + number % 200_000 * timedelta(minutes=2)
    yield TicketOpened(at=at, actor=CLIENT, number=f"B-{number}", channel="web", requester="r",
                       priority=("normal", "high")[number % 5 == 0], content=CONTENT)  # fmt: skip
    yield Assigned(at=at + HOUR / 2, actor=ANNA, engineer="anna", level="L1", because="claim")
    yield MessageAdded(at=at + (number % 9) * HOUR / 3 + HOUR / 2, actor=ANNA, message="m",
                       visibility="public", author_kind="engineer", channel="web",
                       content=CONTENT)  # fmt: skip
    asked = at + 4 * HOUR
    yield InfoRequested(at=asked, actor=ANNA, items=(), content=CONTENT)
    yield InfoProvided(at=asked + number % 30 * HOUR, actor=CLIENT, content=CONTENT)
    yield Resolved(at=asked + (31 + number % 100) * HOUR, actor=ANNA, content=CONTENT)


def ticket_of(number: int) -> str:
    """Like a ticket's id, in order."""
    return f"{number:08x}-0000-7000-8000-{number:012x}"


def rows(tickets: int) -> Iterator[tuple[Any, ...]]:
    """Of `ticket_events_v1`, in the order of COLUMNS."""
    for number in range(tickets):
        for sequence, event in enumerate(life(number), start=1):
            yield (f"{number:x}-{sequence}", ticket_of(number), "/reglament/intake", sequence,
                   type(event).__name__, codec.version_of(type(event)), "bench", event.at,
                   event.at, 1, codec.encode(event).decode())  # fmt: skip


async def prepare(dsn: str, tickets: int) -> None:
    """Tables, the policy, the histories."""
    async with clocked(dsn):
        pass
    connection = await connect(dsn)
    published = PolicyPublished(
        at=FIRST, actor=ANNA, desk="bench", version=1, document=POLICY, digest="-"
    )
    await keep_policy(connection, published)
    await connection.copy_records_to_table(
        "ticket_events_v1", records=rows(tickets), columns=COLUMNS
    )
    numbers = ((ticket_of(number), 0) for number in range(tickets))
    await connection.copy_records_to_table("timers", records=numbers, columns=("ticket", "part"))
    await connection.execute("ANALYZE")
    await connection.close()


async def read(dsn: str, part: int, parts: int, tickets: int) -> None:
    """Every parts-th range into facts, and nothing done with them."""
    connection = await connect(dsn)
    for first in range(part * TICKETS_A_SHARE, tickets, parts * TICKETS_A_SHARE):
        last = min(tickets, first + TICKETS_A_SHARE) - 1
        found = await connection.fetch(HISTORIES, ticket_of(first), ticket_of(last), "bench")
        facts_by_ticket(found)
    await connection.close()


def together(commands: list[list[str]], environment: dict[str, str]) -> tuple[Took, list[int]]:
    """What it took until all had ended, and the largest resident size now and then, in bytes."""
    begun, before, sizes = perf_counter(), getrusage(RUSAGE_CHILDREN), []
    started = [
        subprocess.Popen(command, env=environment)  # noqa: S603 - our own modules
        for command in commands
    ]
    seen = [psutil.Process(process.pid) for process in started]
    while any(process.poll() is None for process in started):
        sizes.append(max((_size(one) for one in seen), default=0))
        sleep(0.2)
    if any(process.returncode for process in started):
        raise SystemExit("a process failed")
    after = getrusage(RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Took(wall=perf_counter() - begun, cpu=cpu), sizes


def _size(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


async def measure(tickets: int, workers: int) -> int:
    """Print, keep, judge."""
    with postgres() as server:
        async with database(server) as dsn:
            await prepare(dsn, tickets)
            environment = {**os.environ, "SLA_CLOCK_DATABASE": dsn}
            environment |= {"SLA_CLOCK_KAFKA": "127.0.0.1:1", "SLA_CLOCK_SECRET": new_id()}
            plain = [sys.executable, "-m", "bench.simulation", "--read", dsn]
            plain += ["--tickets", str(tickets), "--workers", str(workers), "--part"]
            reading, _ = together([[*plain, str(n)] for n in range(workers)], environment)
            connection = await connect(dsn)
            document = json.dumps(draft())
            await connection.execute(START, new_id(), document, clock.now())
            worker = [sys.executable, "-m", "sla_clock.simulations.worker"]
            simulating, sizes = together([worker] * workers, environment)
            state = await connection.fetchval("SELECT state FROM simulations")
            differing = await connection.fetchval("SELECT count(*) FROM simulation_differences")
            await connection.close()
    return _told(tickets, reading, simulating, sizes, (state, differing))


def _told(
    tickets: int, reading: Took, simulating: Took, sizes: list[int], result: tuple[str, int]
) -> int:
    third = max(1, len(sizes) // 3)
    early, late = max(sizes[third : 2 * third], default=0), max(sizes[-third:], default=0)
    found = {
        "tickets": tickets,
        "read_per_second": tickets / reading.wall,
        "simulated_per_second": tickets / simulating.wall,
        "wall_ratio": reading.wall / simulating.wall,
        "read_cpu_us": reading.cpu / tickets * 1e6,
        "simulated_cpu_us": simulating.cpu / tickets * 1e6,
        "ratio": reading.cpu / simulating.cpu,
        "middle_third_mb": early / 1e6,
        "last_third_mb": late / 1e6,
        "differing_clocks": result[1],
        "load": os.getloadavg()[0],
    }
    sys.stdout.write(f"simulation ({result[0]})\n")
    sys.stdout.writelines(f"  {name:22} {value:14,.2f}\n" for name, value in found.items())
    keep("simulation", found)
    return 0 if result[0] == "done" and found["ratio"] >= FLOOR else 1


def main() -> int:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--read", help=argparse.SUPPRESS)
    parser.add_argument("--part", type=int, default=0, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.read:
        asyncio.run(read(asked.read, asked.part, asked.workers, asked.tickets))
        return 0
    return asyncio.run(measure(asked.tickets, asked.workers))


if __name__ == "__main__":
    raise SystemExit(main())
