"""A great number of open clocks, many due within one second: all fired once, and how late.

`make proof-timers`, or `python -m bench.timers [--open 1000000] [--due 10000] [--kills 20]`: real
PostgreSQL, timers in processes of their own; then thousands overdue, while the process that fires
them is killed again and again amid its work. Ends with 1 where one was fired twice or never, or a
kill came when nothing was being fired.
"""

import argparse
import asyncio
import os
import random
import statistics
import subprocess
import sys
from datetime import datetime, timedelta
from itertools import pairwise
from time import monotonic
from typing import Any

import psutil
import uvloop

from bench.database import clocked, database, postgres
from bench.rounds import keep
from reglament import clock
from reglament.events.administration import PolicyPublished
from reglament.events.registry import Actor, ContentRef
from reglament.events.tickets import TicketOpened
from reglament.ids import new_id
from reglament.policy_book import keep_policy
from reglament.runtime import Runtime
from reglament.testing import Author
from sla_clock.app import consumption
from sla_clock.timers import Timers

START_SECONDS = 5  # for the processes to start in
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
AT_ONCE = 500
# Three batches a kill: one is fired for sure, another may be, and there is always one under way.
FIRED_A_KILL, BATCH_SECONDS = 1500, 0.1
PARTS = 12
POLICY: dict[str, Any] = {
    "desk": "bench",
    "name": "Bench",
    "time_zone": "UTC",
    "number": "B-{sequence}",
    "calendars": {"always": {"hours": "24x7"}},
    "channels": {"web": {"accept": "always"}},
    "sla": {
        "targets": [
            {"metric": "first_response", "within": "1h", "calendar": "always", "at_risk": []}
        ]
    },
}
SYSTEM = Actor(kind="system", id="bench")
# Clocks that nobody will look at soon: all that the timers' queries have to pass by.
FAR = """
WITH t AS (SELECT 'far-' || n AS ticket, n, now() + interval '30 days' + n * interval '1 second'
  AS due_at FROM generate_series(1, $1::int) n),
s AS (INSERT INTO streams SELECT (jsonb_populate_record(NULL::streams, to_jsonb(x)
    || jsonb_build_object('stream', 'ticket/' || t.ticket))).*
  FROM t, (SELECT * FROM streams LIMIT 1) x),
c AS (INSERT INTO clocks_v1 SELECT (jsonb_populate_record(NULL::clocks_v1, to_jsonb(x)
    || jsonb_build_object('key', t.ticket || '/1', 'ticket', t.ticket, 'due_at', t.due_at))).*
  FROM t, (SELECT * FROM clocks_v1 LIMIT 1) x)
INSERT INTO timers (ticket, part, look_at, judged_at)
SELECT ticket, n % 12, due_at, now() FROM t"""
SAID = "SELECT count(*), count(DISTINCT stream) FROM events WHERE type = 'ClockBreached'"
LATE = """SELECT extract(epoch FROM recorded_at - at)::float8 AS late FROM events
  WHERE type = 'ClockBreached' ORDER BY 1"""


async def opened(runtime: Runtime, number: int, due: datetime, within: timedelta) -> None:
    """So many tickets whose answers are due from `due` on, taken as the consumer takes them."""
    reads = consumption(runtime)
    for start in range(0, number, AT_ONCE):
        envelopes = [
            Author(subject=new_id(), desk="bench", source="/reglament/intake").history(
                TicketOpened(
                    at=due - HOUR + within * ((start + n) / number),
                    actor=SYSTEM,
                    number="B-1",
                    channel="web",
                    requester="r",
                    priority="normal",
                    content=ContentRef(id="c", version=1, digest="-"),
                )
            )[0]
            for n in range(min(AT_ONCE, number - start))
        ]
        async with runtime.pool.acquire() as connection, connection.transaction():
            for projection in reads.projections:
                await projection.apply(connection, envelopes)
            assert reads.react is not None  # noqa: S101 - app.py says so
            await reads.react(connection, envelopes)


async def fire(dsn: str, part: int, parts: int) -> None:
    """The timers of every parts-th partition, until killed."""
    async with clocked(dsn) as runtime:
        owned = range(part, PARTS, parts)
        timers = Timers(
            runtime.pool,
            runtime.extras["judging"],
            lambda: dict.fromkeys(owned, clock.now()),
        )
        await timers.run(asyncio.Event())


def started(dsn: str, part: int, parts: int) -> "subprocess.Popen[bytes]":
    """A process that fires."""
    command = [sys.executable, "-m", "bench.timers", "--fire", dsn]
    command += ["--part", str(part), "--processes", str(parts)]
    return subprocess.Popen(  # noqa: S603 - our own modules
        command, env=os.environ, stdout=subprocess.DEVNULL
    )


async def until_said(runtime: Runtime, number: int, seconds: float, *, every: float = 0.5) -> int:
    """How many breaches were said, once it is `number` or the time is over."""
    end = monotonic() + seconds
    while monotonic() < end:
        said = int((await runtime.pool.fetchrow(SAID))[0])
        if said >= number:
            break
        await asyncio.sleep(every)
    return said


async def on_time(runtime: Runtime, dsn: str, asked: argparse.Namespace) -> dict[str, Any]:
    """The due ones first, then what is far, then the timers."""
    due_at = clock.now() + timedelta(seconds=asked.lead)
    await opened(runtime, asked.due, due_at, SECOND)
    far = asked.open - asked.due
    async with runtime.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL statement_timeout = 0")
        await connection.execute("SET LOCAL transaction_timeout = 0")
        await connection.execute(FAR, far, timeout=600)
    await runtime.pool.execute("ANALYZE timers", timeout=60)
    spare = (due_at - clock.now()).total_seconds()
    if spare < START_SECONDS:
        raise SystemExit(
            f"too little --lead: {spare:.0f} s are left; what is late then says nothing"
        )
    processes = [started(dsn, n, asked.processes) for n in range(asked.processes)]
    try:
        said = await until_said(runtime, asked.due, max(0, spare) + asked.patience)
        size = max(psutil.Process(one.pid).memory_info().rss for one in processes)
    finally:
        end(processes)
    if not said:
        raise SystemExit("nothing was fired in time")
    late = [row["late"] for row in await runtime.pool.fetch(LATE)]
    return {
        "open": asked.open,
        "due": asked.due,
        "spare_seconds": spare,
        "fired": said,
        "tickets": (await runtime.pool.fetchrow(SAID))[1],
        "late_p50": statistics.median(late),
        "late_p99": late[int(len(late) * 0.99)],
        "earliest": late[0],
        "process_mb": size / 1e6,
        "load": os.getloadavg()[0],
    }


async def killed(runtime: Runtime, dsn: str, asked: argparse.Namespace) -> dict[str, Any]:
    """Many more, overdue; the process that fires them is killed so many times while it does.

    A kill comes at a random moment after the process has fired some and before all are fired.
    """
    before = (await runtime.pool.fetchrow(SAID))[0]
    due = asked.kills * FIRED_A_KILL
    await opened(runtime, due, clock.now() - SECOND, SECOND)
    chosen = random.Random(20)  # noqa: S311 - the same moments every time
    at_kill = [0]
    for _ in range(asked.kills):
        (process,) = [started(dsn, 0, 1)]
        await until_said(runtime, before + at_kill[-1] + 1, asked.patience, every=0.01)
        await asyncio.sleep(chosen.random() * BATCH_SECONDS)
        end([process])
        at_kill.append((await runtime.pool.fetchrow(SAID))[0] - before)
    amid = sum(one < other < due for one, other in pairwise(at_kill))
    last = started(dsn, 0, 1)
    try:
        await until_said(runtime, before + due, asked.patience)
    finally:
        end([last])
    said, streams = await runtime.pool.fetchrow(SAID)
    return {
        "kills": asked.kills,
        "amid_firing": amid,
        "overdue": due,
        "said": said - before,
        "streams": streams - before,
        "fired_at_kill": at_kill[1:],
    }


def end(processes: list["subprocess.Popen[bytes]"]) -> None:
    """By SIGKILL: they run until then."""
    for process in processes:
        process.kill()
        process.wait()


async def measure(asked: argparse.Namespace) -> int:
    """Print, keep, judge."""
    with postgres() as server:
        async with database(server) as dsn, clocked(dsn) as runtime:
            published = PolicyPublished(
                at=clock.now(), actor=SYSTEM, desk="bench", version=1, document=POLICY, digest="-"
            )
            async with runtime.pool.acquire() as connection:
                await keep_policy(connection, published)
            await runtime.policies.refresh()
            found = await on_time(runtime, dsn, asked)
            sys.stdout.write(f"{found}\n")
            shot = await killed(runtime, dsn, asked) if asked.kills else {}
            sys.stdout.write(f"{shot}\n")
    keep("timers", {**found, **shot})
    once = found["fired"] == found["tickets"] == asked.due
    again = not shot or shot["said"] == shot["streams"] == shot["overdue"]
    again = again and (not shot or shot["amid_firing"] == asked.kills)
    return 0 if once and again and found["earliest"] >= 0 else 1


def main() -> int:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--open", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--lead", type=float, default=240, help="seconds to prepare in")
    parser.add_argument("--patience", type=float, default=120, help="seconds to wait for the last")
    parser.add_argument("--fire", help=argparse.SUPPRESS)
    parser.add_argument("--part", type=int, default=0, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.fire:
        uvloop.run(fire(asked.fire, asked.part, asked.processes))  # as a service does
        return 0
    return asyncio.run(measure(asked))


if __name__ == "__main__":
    raise SystemExit(main())
