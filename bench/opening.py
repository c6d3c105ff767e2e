"""What a POST of a ticket costs in CPU, in one process: ours, one INSERT, the empty route in turns.

`python -m bench.opening [--clients 64]`. Without a socket and without the other services: for
finding what costs, on a machine that has other work too. `make bench` measures the whole.
"""

import argparse
import asyncio
import json
import os
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import uvloop
from fastapi import FastAPI

from bench.database import postgres
from bench.driver import MARK
from bench.driving import Meter, listener
from bench.open_ticket import BODY, DESK
from bench.peers import APPLICATIONS
from intake.app import create_app
from intake.settings import Settings
from reglament.ids import new_id
from reglament.yaml_core import parse_yaml
from tests.support.stack import Databases

PATH, POLICY = f"/v1/desks/{DESK}/tickets", Path("policies") / f"{DESK}.yaml"
SECRET = "of-a-measurement-that-nobody-can-reach"  # noqa: S105 - no port is opened
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request. target: its path with its query."""

    headers: Headers
    method: str = "POST"
    target: str = PATH
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """An application in this process, its database's meter, what each of its rounds cost."""

    name: str
    app: FastAPI
    meter: Meter
    rounds: list[tuple[float, float]] = field(default_factory=list)

    async def play(self, requests: Sequence[Asked], clients: int) -> None:
        """Microseconds of CPU a request: of the process, of PostgreSQL's sessions."""
        waiting = iter(requests)
        began, before = time.process_time(), self.meter.read()[1]
        await asyncio.gather(*(_client(self.app, waiting) for _ in range(clients)))
        own, after = time.process_time() - began, self.meter.read()[1]
        spent = sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())
        self.rounds.append((own / len(requests) * 1e6, spent / len(requests) * 1e6))


async def _client(app: FastAPI, waiting: Iterator[Asked]) -> None:
    for asked in waiting:
        status = await _call(app, asked)
        if status >= 300:
            raise RuntimeError(f"answered {status}")


async def _call(app: FastAPI, asked: Asked) -> int:
    """One request by ASGI; its status."""
    sent: list[Any] = []
    path, _, query = asked.target.partition("?")
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": asked.method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": asked.headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": asked.body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return int(sent[0]["status"])


def requests_of(count: int, key: str) -> list[Asked]:
    """Each with a person and a key of its own."""
    text, made = json.dumps(BODY), []
    for _ in range(count):
        mark = new_id()
        body = text.replace(MARK, mark).encode()
        said = {"authorization": f"Bearer {key}", "idempotency-key": f'"{mark}"'}
        said |= {"content-type": "application/json", "content-length": str(len(body))}
        made.append(Asked(headers=headers_of(said), body=body))
    return made


def headers_of(said: Mapping[str, str]) -> Headers:
    """As a server hands them on."""
    return [(name.encode(), value.encode()) for name, value in said.items()]


@asynccontextmanager
async def players(server: str) -> AsyncIterator[tuple[list[Player], str]]:
    """The three, and a caller's key."""
    databases = Databases(admin=server)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(databases.drop)
        ours, bare = await databases(), await databases()
        os.environ["BENCH_DSN"] = bare
        plain = {"kafka": "127.0.0.1:1", "roles": {"api"}, "secret": SECRET, "admin_key": "admin"}
        settings = {"database": ours, "requests_per_second": 1e9, **plain}
        made = {"ours": create_app(Settings.model_validate(settings))}
        made |= {name: APPLICATIONS[name]() for name in ("insert", "empty")}
        process = psutil.Process(listener(urlsplit(server).port or 0))
        found = []
        for name, app in made.items():
            await stack.enter_async_context(app.router.lifespan_context(app))
            own = {"ours": ours, "insert": bare}.get(name, "/none").rpartition("/")[2]
            meter = Meter(service=psutil.Process(), postgres=process, database=own)
            found.append(Player(name=name, app=app, meter=meter))
        yield found, await _furnished(made["ours"])


async def _furnished(app: FastAPI) -> str:
    """The desk with its rules; a key for it."""
    transport, admin = httpx.ASGITransport(app=app), {"Authorization": "Bearer admin"}
    async with httpx.AsyncClient(transport=transport, base_url="http://x", headers=admin) as client:
        rules = parse_yaml(POLICY.read_text(encoding="utf-8"))
        (await client.put(f"/v1/desks/{DESK}/policy", json=rules)).raise_for_status()
        key = {"role": "integrator", "desk": DESK, "subject": "bench"}
        return str((await client.post("/v1/keys", json=key)).raise_for_status().json()["key"])


def heard(app: FastAPI) -> Counter[str]:
    """Statements of the connections that are open, by their first word: round trips."""
    sent = Counter[str]()
    for holder in app.state.runtime.pool._holders:
        if holder._con is not None:
            holder._con.add_query_logger(lambda query: sent.update(query.query.split()[:1]))
    return sent


async def measure(server: str, given: argparse.Namespace) -> None:
    """Rounds in turns, after one that warms up."""
    async with players(server) as (found, key):
        for player in found:
            await player.play(requests_of(given.requests, key), given.clients)
        sent = heard(found[0].app)
        for _ in range(given.rounds):
            for player in found:
                await player.play(requests_of(given.requests, key), given.clients)
    told(found)
    asked, batches = given.rounds * given.requests, sent["COMMIT;"]
    print(f"ours: {sent.total() / asked:.2f} round trips a request, {asked / batches:.1f} a batch")  # noqa: T201


def told(found: Sequence[Player]) -> None:
    """A line for each, by the medians of all rounds but the first."""
    for player in found:
        service, database = (
            statistics.median(each) for each in zip(*player.rounds[1:], strict=True)
        )
        figures = (
            f"service {service:6.0f}  database {database:6.0f}  both {service + database:6.0f}"
        )
        print(f"{player.name:8}{figures}  us of CPU a request")  # noqa: T201


def main() -> int:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--requests", type=int, default=800, help="a round")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with postgres() as server:
        uvloop.run(measure(server, given))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
