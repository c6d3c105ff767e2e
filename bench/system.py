"""The whole system as `make run` runs it, for a bench; and the peers beside it."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.driving import Meter, listener, metered
from reglament_local.ports import free_ports
from tests.support.processes import running

SERVICES = ("intake", "sla_clock", "escalation", "notifier")
FOLDER = Path(".run")


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """What runs, by its ready.json. folder: where that stands, with its servers' data."""

    ready: dict[str, Any]
    folder: Path

    def port(self, service: str) -> int:
        """Where it listens: the service itself, not the front, which keeps no connection."""
        return int(urlsplit(self.ready[service]).port or 0)

    @property
    def postgres_port(self) -> int:
        """Of the server that all of them share."""
        return int(urlsplit(self.ready["postgres"]).port or 0)

    @property
    def kafka_port(self) -> int:
        """Of the one broker."""
        return int(self.ready["kafka"].rpartition(":")[2])

    def key(self, desk: str, role: str) -> str:
        """A caller's key."""
        return str(self.ready["keys"][desk][role])

    def meter(self, service: str) -> Meter:
        """CPU of a service and of its database's sessions."""
        return metered(self.port(service), self.postgres_port, service)

    @property
    def pids(self) -> list[int]:
        """Of all that works when a ticket comes in."""
        ports = [*(self.port(each) for each in SERVICES), self.postgres_port, self.kafka_port]
        return [listener(port) for port in ports]


@contextmanager
def system(told: Mapping[str, str] | None = None) -> Iterator[System]:
    """REGLAMENT_READY names the ready.json of one that runs; else one is started, and stopped.

    told: further environment, for which one is always started.
    """
    named = os.environ.get("REGLAMENT_READY")
    if named and not told:
        ready_file = Path(named)
        ready = json.loads(ready_file.read_text(encoding="utf-8"))
        yield System(ready=ready, folder=ready_file.parent)
        return
    FOLDER.mkdir(exist_ok=True)
    durable = {"REGLAMENT_DURABLE": "1", **(told or {})}
    with (
        tempfile.TemporaryDirectory(dir=FOLDER, prefix="bench-") as folder,
        running(Path(folder).resolve(), ("run",), "ready.json", durable) as ready,
    ):
        yield System(ready=ready, folder=Path(folder).resolve())


@contextmanager
def peers(*names: str, dsn: str = "") -> Iterator[dict[str, int]]:
    """Applications of `bench.peers`, served as the services are; name -> port."""
    with ExitStack() as stack:
        ports = list(free_ports().values())[: len(names)]
        found = dict(zip(names, map(int, ports), strict=True))
        for name, port in found.items():
            stack.enter_context(_serving(name, port, dsn))
        yield found


@contextmanager
def _serving(name: str, port: int, dsn: str) -> Iterator[None]:
    environment = {**os.environ, "BENCH_DSN": dsn}
    command = [sys.executable, "-m", "bench.peers", name, str(port)]
    process = subprocess.Popen(command, env=environment)  # noqa: S603 - our own module
    try:
        bound = time.monotonic() + 60
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > bound:
                raise RuntimeError(f"{name} did not come up")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _listens(port: int) -> bool:
    try:
        return listener(port) > 0
    except LookupError:
        return False
