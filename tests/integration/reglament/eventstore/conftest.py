"""A store on a fresh database, and a line to it that can be cut at the worst moment."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from reglament.database import connect_pool, migrate
from reglament.events.registry import ContentRef, Event
from reglament.events.tickets import TicketClosed, TicketOpened
from reglament.eventstore.postgres import PostgresEventStore
from reglament.eventstore.store import (
    Answer,
    Commit,
    Context,
    IdempotencyKey,
    Numbering,
    StreamEvents,
)
from reglament.testing import AT, SYSTEM
from tests.support.stack import Databases

OPENED = TicketOpened(
    at=AT,
    actor=SYSTEM,
    channel="web",
    requester="r1",
    content=ContentRef(id="c1", version=1, digest="d"),
    priority="normal",
)
CLOSED = TicketClosed(at=AT, actor=SYSTEM)


def part(ticket: str, expected: int, *events: Event) -> StreamEvents:
    """A ticket's part of a commit."""
    return StreamEvents(
        stream=f"ticket/{ticket}", subject=ticket, desk="desk", expected=expected, events=events
    )


def opening(ticket: str, key: str | None = None) -> Commit:
    """The first event of a ticket, with a number and, under a key, an answer."""
    idempotency = key and IdempotencyKey(scope="POST /x", key=key, body_hash=b"h")
    return Commit(
        parts=(part(ticket, 0, OPENED),),
        context=Context(recorded_at=AT, idempotency=idempotency or None),
        numbering=Numbering(desk="desk", pattern="D-{sequence:04d}"),
        answer=lambda envelopes: Answer(status=201, body=envelopes[0].data),
    )


def closing(ticket: str, expected: int) -> Commit:
    """A further event of a ticket."""
    return Commit(parts=(part(ticket, expected, CLOSED),), context=Context(recorded_at=AT))


@dataclass(slots=True)
class Line:
    """A TCP proxy before PostgreSQL. `cut_at_commit`: COMMIT arrives, its answer does not."""

    host: str
    port: int
    cut_at_commit: bool = False
    cuts: int = 0
    server: Any = None
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Both directions of one connection, until either ends."""
        back, forth = await asyncio.open_connection(self.host, self.port)
        self.writers += [writer, forth]
        answers = asyncio.create_task(self._copy(back, writer))
        while data := await reader.read(65536):
            if self.cut_at_commit and b"COMMIT;" in data:
                self.cut_at_commit = False
                self.cuts += 1
                answers.cancel()
                forth.write(data)
                await back.read(65536)
                break
            forth.write(data)
        for end in (writer, forth):
            end.close()
        await asyncio.gather(answers, return_exceptions=True)

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    def cut_all(self) -> None:
        """Reset every connection there is."""
        for writer in self.writers:
            writer.transport.abort()
        self.writers.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """A store, a pool past the line for looking at the tables, and the line."""

    dsn: str
    store: PostgresEventStore
    pool: Any
    line: Line


@pytest.fixture
async def rig(postgres: Databases) -> AsyncIterator[Rig]:
    dsn = await postgres()
    url = urlsplit(dsn)
    line = Line(url.hostname or "", url.port or 0)
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    login = url.netloc.rpartition("@")[0]
    through = urlunsplit(url._replace(netloc=f"{login}@127.0.0.1:{port}"))
    pool, direct = await connect_pool(through, "store"), await connect_pool(dsn)
    await migrate(dsn, ["reglament.eventstore.migrations"])
    store = PostgresEventStore(pool, "/reglament/test")
    await store.start()
    yield Rig(dsn=dsn, store=store, pool=direct, line=line)
    await store.stop()
    await pool.close()
    await direct.close()
    server.close()
    line.cut_all()
