"""POST of a valid ticket of a real desk, durable: against no work, one INSERT, a library.

The services run as `make run` runs them: while tickets come in, Kafka and the other three
services work on them too, on the same cores as the driver; after a round of ours what is left of
that is waited for. `cpu_us` is what the request costs its own service and database.
"""

import asyncio
import json
import os
import re
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from bench.contest import LIMIT, Asked, Bench, Contest, Goal, Play, Round
from bench.driver import MARK, Plan
from bench.driving import Meter, http_round, metered, request, until_quiet
from bench.system import System, peers, system
from reglament.ids import new_id
from reglament_local.postgres import binary, client_environ
from tests.support.stack import Databases

DESK = "remsys"
# So many transactions a second of a round: by time, a busy disk may end it before the first.
PGBENCH_RATE = 1000
PGBENCH, BARE, LIBRARY = (
    "pgbench, one INSERT a transaction",
    "FastAPI, one INSERT a request",
    "FastAPI + eventsourcing",
)
BODY = {
    "channel": "web",
    "subject": f"No connection to the database {MARK}",
    "description": "Since 10:40 none of the workplaces reaches the database server.\n"
    "What we tried: restarted the switch, then the server. The log is quiet.",
    "priority": "urgent",
    "requester": {
        "name": "Ann Clark",
        "email": f"ann.{MARK}@client.example",
        "phone": "+7 499 123 45 67",
    },
}
GOALS = (
    Goal(against=LIMIT, at_least=0.6),
    Goal(against=BARE, at_least=1.0),
    Goal(against=LIBRARY, at_least=3.0),
    Goal(against=BARE, at_most=1.0, figure="cpu_us"),
)


def asking(key: str) -> str:
    """The request; its key is never used again."""
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f'"{new_id()}-{MARK}"'}
    return request("POST", f"/v1/desks/{DESK}/tickets", headers, json.dumps(BODY))


def posting(port: int, key: str, asked: Asked, meter: Meter) -> Play:
    """Clients that ask again as soon as they are answered."""

    async def one_round() -> Round:
        plan = Plan(port=port, requests=[asking(key)], clients=asked.clients, seconds=asked.seconds)
        return await http_round(plan, meter)

    return one_round


def pgbench(dsn: str, folder: Path, asked: Asked) -> Play:
    """As many clients, with the row that the bare handler writes."""
    said = BODY["requester"]
    script = folder / "insert.sql"
    script.write_text(
        "INSERT INTO bare_tickets (id, desk, channel, subject, description, priority,"  # noqa: S608 - ours
        f" requester, fields) VALUES (gen_random_uuid(), '{DESK}', 'web', '{BODY['subject']}',"
        f" '{str(BODY['description']).replace(chr(10), ' ')}', 'urgent', '{json.dumps(said)}',"
        " '{}');\n",
        encoding="utf-8",
    )
    command = [binary("pgbench"), "-n", "-M", "prepared", "-c", str(asked.clients), "-j", "1"]
    each = max(1, round(asked.seconds * PGBENCH_RATE / asked.clients))
    command += ["-t", str(each), "-f", str(script)]

    async def one_round() -> Round:
        process = await asyncio.create_subprocess_exec(
            *command,
            env=os.environ | client_environ(dsn),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        told = (await process.communicate())[0].decode()
        found = re.search(r"tps = ([0-9.]+)", told)
        if process.returncode or found is None:
            raise RuntimeError(told)
        return Round(value=float(found[1]))

    return one_round


@asynccontextmanager
async def beside(running: System) -> AsyncIterator[str]:
    """A database for the peers, on the server that ours has."""
    databases = Databases(admin=running.ready["postgres"])
    try:
        yield await databases()
    finally:
        await databases.drop()


@asynccontextmanager
async def prepared(asked: Asked) -> AsyncIterator[Sequence[Contest]]:
    """The whole system, and the three applications it is measured against."""
    with system() as running, tempfile.TemporaryDirectory() as folder:
        async with beside(running) as dsn:
            with peers("empty", "insert", "eventsourcing", dsn=dsn) as ports:
                yield [contest(running, ports, dsn, Path(folder), asked)]


def contest(
    running: System, ports: dict[str, int], dsn: str, folder: Path, asked: Asked
) -> Contest:
    """Everybody gets the same requests."""
    key, own = running.key(DESK, "integrator"), urlsplit(dsn).path.lstrip("/")

    def peer(name: str) -> Play:
        meter = metered(ports[name], running.postgres_port, own)
        return posting(ports[name], key, asked, meter)

    return Contest(
        name="open_ticket",
        unit="requests/s",
        ours=posting(running.port("intake"), key, asked, running.meter("intake")),
        limit=peer("empty"),
        peers={
            BARE: peer("insert"),
            LIBRARY: peer("eventsourcing"),
            PGBENCH: pgbench(dsn, folder, asked),
        },
        goals=GOALS,
        settle=partial(until_quiet, running.pids),
    )


BENCH = Bench(name="open_ticket", prepare=prepared)
