"""One round over HTTP: the driver in its own process, and what it cost the others, in CPU."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import psutil

from bench.contest import Round
from bench.driver import Driven, Plan


def listener(port: int) -> int:
    """The process that listens there."""
    for each in psutil.net_connections("tcp"):
        if each.status == psutil.CONN_LISTEN and each.laddr.port == port and each.pid:
            return int(each.pid)
    raise LookupError(f"nobody listens on {port}")


def cpu_of(process: psutil.Process) -> float:
    """Seconds of it so far; 0 where it is gone."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """service: who answers; postgres: the server; database: whose sessions count."""

    service: psutil.Process
    postgres: psutil.Process | None = None
    database: str = ""

    def read(self) -> tuple[float, dict[int, float]]:
        """CPU seconds so far: of the service, of each session of its database."""
        sessions = self.postgres.children() if self.postgres else []
        own = [each for each in sessions if self._is_its(each)]
        return cpu_of(self.service), {each.pid: cpu_of(each) for each in own}

    def _is_its(self, session: psutil.Process) -> bool:
        try:
            return f" {self.database} " in " ".join(session.cmdline())
        except psutil.NoSuchProcess:
            return False


def metered(port: int, postgres_port: int | None = None, database: str = "") -> Meter:
    """The meter of whoever listens on `port`, with its database's sessions."""
    server = None if postgres_port is None else psutil.Process(listener(postgres_port))
    return Meter(service=psutil.Process(listener(port)), postgres=server, database=database)


async def driven(plan: Plan) -> Driven:
    """What came of the plan. Raises RuntimeError where an answer was no 2xx."""
    driver = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.driver", stdin=PIPE, stdout=PIPE
    )
    said, _ = await driver.communicate(msgspec.json.encode(plan))
    if driver.returncode:
        raise RuntimeError(f"the driver ended with {driver.returncode}")
    try:
        found = msgspec.json.decode(said, type=Driven)
    except msgspec.DecodeError as fault:
        raise RuntimeError(f"the driver said {said[-200:]!r}: {fault}") from fault
    if found.failed or not found.answered:
        raise RuntimeError(f"{found.failed} of {found.answered} failed: {found.last_fault}")
    return found


async def http_round(plan: Plan, meter: Meter) -> Round:
    """Requests a second, and in microseconds of CPU a request: service, database, driver."""
    service, sessions = meter.read()
    found = await driven(plan)
    service_now, sessions_now = meter.read()
    spent = sum(now - sessions.get(pid, now) for pid, now in sessions_now.items())
    each = 1e6 / found.answered
    own, its = (service_now - service) * each, spent * each
    return Round(
        value=found.answered / found.seconds,
        figures={
            "p50_ms": found.p50_ms,
            "p99_ms": found.p99_ms,
            "service_us": own,
            "database_us": its,
            "cpu_us": own + its,
            "driver_us": found.cpu_seconds * each,
        },
    )


def request(
    method: str, path: str, headers: Mapping[str, str] | None = None, body: str = ""
) -> str:
    """A whole request of HTTP/1.1, whose connection stays open."""
    said = {"Host": "127.0.0.1", **(headers or {})}
    if body:
        said |= {"Content-Type": "application/json", "Content-Length": str(len(body.encode()))}
    head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n{body}"


async def until_quiet(pids: Sequence[int], share: float = 0.5, seconds: float = 120.0) -> None:
    """Until these processes together use less than `share` of a core, at most for `seconds`."""
    processes = [psutil.Process(pid) for pid in pids]
    for _ in range(int(seconds)):
        before = _all(processes)
        await asyncio.sleep(1)
        if _all(processes) - before < share:
            return


def _all(processes: Sequence[psutil.Process]) -> float:
    return sum(
        cpu_of(each) for root in processes for each in (root, *root.children(recursive=True))
    )
