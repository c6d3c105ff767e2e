"""Who sees a ticket's clock and a ticket's letter, and when, by the monotonic clock."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from tests.support.eventually import eventually

LOOK_SECONDS, PATIENCE_SECONDS = 0.005, 180.0
# Positions are given before the commit: so many behind the newest are read once more.
OVERLAP = 200
NEWER = "SELECT position, subject, type FROM events WHERE position > $1 ORDER BY position"
NEWEST = "SELECT coalesce(max(position), 0) FROM events"


async def until(is_so: Callable[[], bool]) -> None:
    """Raises AssertionError after PATIENCE_SECONDS."""

    async def asked() -> bool:
        return is_so()

    await eventually(asked, timeout=PATIENCE_SECONDS)


@dataclass(slots=True, kw_only=True)
class Clocks:
    """sla-clock's events, looked at every few milliseconds: each stands in the read model too,
    which is written in the same transaction. A clock is seen late by a look, never early.
    """

    connection: Any
    newest: int
    seen: dict[str, float] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def watched(cls, dsn: str) -> AsyncIterator["Clocks"]:
        """Looks until it is left."""
        connection = await asyncpg.connect(dsn)
        clocks = cls(connection=connection, newest=await connection.fetchval(NEWEST))
        looking = asyncio.create_task(clocks._look())
        try:
            yield clocks
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking
            await connection.close()

    async def _look(self) -> None:
        first = self.newest
        while True:
            after = max(first, self.newest - OVERLAP)
            for row in await self.connection.fetch(NEWER, after):
                if row["type"] == "ClockStarted":
                    self.seen.setdefault(row["subject"], time.perf_counter())
                self.newest = max(self.newest, row["position"])
            await asyncio.sleep(LOOK_SECONDS)

    async def all_of(self, tickets: Mapping[int, str]) -> dict[int, float]:
        """When each ticket's first clock was there; waits for the last."""
        await until(lambda: all(ticket in self.seen for ticket in tickets.values()))
        return {number: self.seen[ticket] for number, ticket in tickets.items()}


@dataclass(slots=True, kw_only=True)
class Sink:
    """A mail server that takes all and keeps when. letters: by the domain of the recipient."""

    address: str = ""
    letters: dict[str, float] = field(default_factory=dict)

    async def all_of(self, named: str, tickets: Mapping[int, str]) -> dict[int, float]:
        """When the letter of each number of that round was handed over; waits for the last."""
        domains = {number: f"{number:08d}.{named}.client.example" for number in tickets}
        await until(lambda: all(domain in self.letters for domain in domains.values()))
        return {number: self.letters[domain] for number, domain in domains.items()}


class Session(asyncio.Protocol):
    """The least of SMTP that a client needs (RFC 5321): cheap, as it shares the machine."""

    def __init__(self, sink: Sink) -> None:
        self._sink, self._data, self._domain, self._is_letter = sink, b"", "", False

    def connection_made(self, transport: Any) -> None:
        """The greeting."""
        self._transport = transport
        transport.write(b"220 bench\r\n")

    def data_received(self, data: bytes) -> None:
        """Commands, or a letter up to its last dot."""
        self._data += data
        while (end := self._data.find(b"\r\n.\r\n" if self._is_letter else b"\r\n")) >= 0:
            said = self._data[:end]
            self._data = self._data[end + (5 if self._is_letter else 2) :]
            self._answer(said)

    def _answer(self, said: bytes) -> None:
        if self._is_letter:
            self._sink.letters.setdefault(self._domain, time.perf_counter())
            self._is_letter = False
            self._transport.write(b"250 taken\r\n")
            return
        word = said[:4].upper()
        if word == b"RCPT":
            self._domain = said.partition(b"@")[2].partition(b">")[0].decode()
        self._is_letter = word == b"DATA"
        codes = {b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}
        self._transport.write(codes.get(word, b"250 ok\r\n"))


@asynccontextmanager
async def sinking() -> AsyncIterator[Sink]:
    """Listens on a port of its own."""
    sink, loop = Sink(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Session(sink), "127.0.0.1", 0)
    sink.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield sink
    finally:
        server.close()
