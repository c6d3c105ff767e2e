"""Receivers and mail servers that misbehave harm nobody but themselves (reliability b2 15, 16)."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes

import pytest

from notifier.transports import webhook
from reglament.ids import new_id
from tests.integration.notifier.conftest import Process, Receiver, opened
from tests.integration.notifier.test_smtp import Mood, serving
from tests.integration.notifier.test_webhooks import sender_of, subscribed
from tests.support.crowding import crowding
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration
EVENTS = 40
SOON_SECONDS = 8.0  # for all of them, beside receivers that hang for longer
TICKET_OF = "SELECT count(*) FROM webhooks WHERE subscription = $1 AND state = $2"
OK = b"HTTP/1.1 200 X\r\n"


class Bad:
    """A receiver that does one thing to whoever calls."""

    def __init__(self, answer: bytes, drip: bytes = b"", pause: float = 0.0) -> None:
        self.answer, self.drip, self.pause = answer, drip, pause
        self.calls = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.calls += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            if self.answer:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(self.answer)
            while self.drip:
                writer.write(self.drip)
                await writer.drain()
                await asyncio.sleep(self.pause)
            if not self.answer:
                await reader.read()  # says nothing, until the caller hangs up
        writer.close()


BAD = {
    "hang": Bad(b""),
    "slow-body": Bad(OK + b"Content-Length: 100000\r\n\r\n", b"x", 0.2),
    "10-gb-body": Bad(OK + b"Content-Length: 10000000000\r\n\r\n", b"x" * 65536),
    "500": Bad(b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"),
    "301": Bad(b"HTTP/1.1 301 X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"),
    "429": Bad(b"HTTP/1.1 429 X\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n"),
    "no-http": Bad(b"\x16\x03\x01 nonsense\r\n\r\n"),
}


@asynccontextmanager
async def listening(bad: Bad) -> AsyncIterator[int]:
    server = await asyncio.start_server(bad.serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_bad_receivers_delay_no_good_one(
    process: Process, receiver: tuple[Receiver, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "TOTAL_SECONDS", 12.0)
    good, url = receiver
    async with contextlib.AsyncExitStack() as stack:
        ports = {name: await stack.enter_async_context(listening(bad)) for name, bad in BAD.items()}
        ids = {}
        for name, port in ports.items():
            scheme = "https" if name == "no-http" else "http"
            answer = await subscribed(process, f"{scheme}://127.0.0.1:{port}/")
            ids[name] = answer["id"]
        await subscribed(process, url)
        for _ in range(EVENTS):
            await process.feed(opened(new_id()))
        sender, stopping = sender_of(process), asyncio.Event()
        running = asyncio.create_task(sender.run(stopping))
        began = time.monotonic()

        async def all_got() -> bool:
            return len(good.got) == EVENTS

        await eventually(all_got, 30)
        seconds = time.monotonic() - began
        print(f"{EVENTS} to the good one in {seconds:.1f} s")  # noqa: T201 - with -s
        stopping.set()
        await running
    assert seconds < SOON_SECONDS * crowding()
    pool = process.runtime.pool
    for name in ("500", "301", "429", "no-http", "hang"):
        assert await pool.fetchval(TICKET_OF, ids[name], "ready") == EVENTS, name
    # 2xx was said, and no more than a little of the body was read.
    assert await pool.fetchval(TICKET_OF, ids["10-gb-body"], "sent") > 0


async def test_a_letter_whose_taking_was_not_heard_comes_again_under_the_same_id(
    process: Process,
) -> None:
    ticket = new_id()
    await process.contact()
    await process.content(subject="x")
    await process.feed(opened(ticket))
    mood = Mood(end=Mood.DROP)
    async with serving(mood) as smtp:
        sender = replace(process.sender, smtp=smtp)
        await sender.turn()
        assert await process.types(ticket) == []
        mood.answers.clear()
        process.now.by += timedelta(seconds=10)
        await sender.turn()
        await sender.turn()
    ids = [message_from_bytes(raw)["Message-ID"] for raw in mood.taken]
    assert len(ids) == 2
    assert ids[0] == ids[1]
    assert await process.types(ticket) == ["NotificationSent"]
