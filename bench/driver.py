"""Requests over connections that are kept alive, from a process of its own.

A plan in JSON on standard input, what came of it on standard output. Without a rate each
connection asks again as soon as it is answered; with one, requests are due at even intervals
whatever the answers do, and a wait begins when a request was due (no coordinated omission).
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import msgspec
import uvloop

MARK = "########"
PATIENCE_SECONDS = 30.0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """requests: whole, sent in turn; MARK in one becomes its running number.

    seconds: for so long new ones are sent; rate: so many a second, 0: as fast as it goes;
    keeps: every answer is told, not only counted.
    """

    port: int
    requests: list[str]
    clients: int
    seconds: float
    rate: float = 0.0
    keeps: bool = False


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """An answer. number: what MARK became; due, answered: of the machine's monotonic clock."""

    number: int
    due: float
    answered: float
    body: str


class Driven(msgspec.Struct, frozen=True, kw_only=True):
    """seconds: until the last answer; cpu_seconds: of the driver; failed: no 2xx, or none."""

    answered: int
    failed: int
    seconds: float
    cpu_seconds: float
    p50_ms: float
    p99_ms: float
    last_fault: str = ""
    kept: list[Kept] = []


class Load:
    """All connections of a run; what each heard."""

    def __init__(self, plan: Plan) -> None:
        self.waits: list[float] = []
        self.failed, self.fault = 0, ""
        self.idle: asyncio.Queue[Connection] = asyncio.Queue()
        self.until = time.perf_counter() + plan.seconds
        self.kept: list[Kept] = []
        self._keeps = plan.keeps
        self._is_open_loop = plan.rate > 0
        self._requests: Iterator[list[bytes]] = cycle(
            [text.encode().split(MARK.encode()) for text in plan.requests]
        )
        self._number = 0

    def next_request(self) -> tuple[int, bytes]:
        """The next in turn, with its number."""
        self._number += 1
        return self._number, (b"%08d" % self._number).join(next(self._requests))

    def heard(self, connection: "Connection", head: bytes, body: bytes) -> None:
        """An answer is whole."""
        now = time.perf_counter()
        self.waits.append(now - connection.since)
        if self._keeps:
            kept = Kept(
                number=connection.number, due=connection.since, answered=now, body=body.decode()
            )
            self.kept.append(kept)
        if head[9:10] != b"2":
            self.failed += 1
            self.fault = head[:200].decode("latin-1")
        if self._is_open_loop or time.perf_counter() >= self.until:
            connection.since = 0.0
            self.idle.put_nowait(connection)
        else:
            connection.ask(time.perf_counter())


class Connection(asyncio.Protocol):
    """One at a time is under way on it; `since`: when it was due, 0: none is."""

    def __init__(self, load: Load) -> None:
        self._load, self._data = load, b""
        self.since, self.number = 0.0, 0

    def connection_made(self, transport: Any) -> None:
        """It may be used."""
        self._transport = transport
        self._load.idle.put_nowait(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """What was under way is not answered."""
        if self.since:
            self._load.failed += 1
            self._load.fault = f"the connection was closed: {exc}"
            self.since = 0.0

    def ask(self, due: float) -> None:
        """Send the next request."""
        self.since = due
        self.number, asked = self._load.next_request()
        self._transport.write(asked)

    def close(self) -> None:
        """No more is asked on it."""
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Part of an answer, or all of it; its length is always said."""
        self._data = self._data + data if self._data else data
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._data[:end].lower()
        _, _, said = head.partition(b"content-length:")
        if len(self._data) >= end + 4 + int(said.split(b"\r\n", 1)[0] or 0):
            whole, self._data = self._data, b""
            self._load.heard(self, head, whole[end + 4 :])


async def drive(plan: Plan) -> Driven:
    """Carry out the plan."""
    loop = asyncio.get_running_loop()
    load = Load(plan)
    connections = [
        (await loop.create_connection(lambda: Connection(load), "127.0.0.1", plan.port))[1]
        for _ in range(plan.clients)
    ]
    began, cpu = time.perf_counter(), time.process_time()
    load.until = began + plan.seconds
    if plan.rate:
        await _at_rate(load, plan, began)
    else:
        for _ in connections:
            (await load.idle.get()).ask(time.perf_counter())
    late = plan.seconds + PATIENCE_SECONDS
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(late):
            for _ in connections:
                await load.idle.get()
    found = _told(load, time.perf_counter() - began, time.process_time() - cpu)
    for connection in connections:
        connection.close()
    await asyncio.sleep(0)
    return found


async def _at_rate(load: Load, plan: Plan, began: float) -> None:
    """One that finds no connection free waits for one; its wait has begun all the same."""
    for number in range(int(plan.seconds * plan.rate)):
        due = began + number / plan.rate
        if (ahead := due - time.perf_counter()) > 0:
            await asyncio.sleep(ahead)
        (await load.idle.get()).ask(due)


def _told(load: Load, seconds: float, cpu: float) -> Driven:
    waits = sorted(load.waits) or [0.0]
    return Driven(
        answered=len(load.waits),
        failed=load.failed,
        seconds=seconds,
        cpu_seconds=cpu,
        p50_ms=waits[len(waits) // 2] * 1000,
        p99_ms=waits[int(len(waits) * 0.99)] * 1000,
        last_fault=load.fault,
        kept=load.kept,
    )


def main() -> int:
    """Read, drive, tell."""
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    driven = msgspec.json.encode(uvloop.run(drive(plan)))
    # With PYTHONUNBUFFERED the interpreter's own writes once, and loses what a pipe did not take.
    with open(sys.stdout.fileno(), "wb", closefd=False) as answer:
        answer.write(driven)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
