"""A client repeats a command under one key until it knows what became of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from reglament_local.chaos.caller import Caller, Command
from reglament_local.chaos.journal import Journal

MESSAGE = Command(
    what="MessageAdded", service="intake", desk="north", path="/tickets/t/messages", body={"a": 1}
)
LOST = ""


class Service:
    """Answers requests with what the script says, LOST: hangs up; keeps the requests' heads."""

    def __init__(self, *script: str) -> None:
        self.script, self.heads = list(script), list[str]()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        self.heads.append(head)
        await reader.readexactly(int(head.partition("content-length: ")[2].split("\r\n")[0]))
        answer = self.script.pop(0) if self.script else "201"
        if answer:
            body = json.dumps({"id": "t", "version": 3})
            lines = (f"HTTP/1.1 {answer} X", f"Content-Length: {len(body)}", "Connection: close")
            writer.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
            await writer.drain()
        writer.close()


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as entered:
        yield entered


async def caller_of(stack: AsyncExitStack, folder: Path, *services: Service) -> Caller:
    urls = []
    for service in services:
        server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
        stack.callback(server.close)
        urls.append(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
    journal = Journal(folder / "journal.jsonl")
    stack.callback(journal.close)
    keys = {"north": {"agent": "secret"}}
    return Caller(name="c0", http=http, urls={"intake": urls}, keys=keys, journal=journal)


async def test_a_lost_answer_is_asked_for_again_under_the_same_key(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    service = Service(LOST, "503", "500", "201")
    caller = await caller_of(stack, tmp_path, service)
    status, _ = await caller.say(MESSAGE)
    assert status == 201
    assert all('idempotency-key: "c0-0"' in head for head in service.heads)
    assert all("x-request-id: c0-0" in head for head in service.heads)
    (answered,) = caller.journal.answered
    assert (answered.id, answered.version, answered.attempts) == ("c0-0", 3, 4)
    assert caller.journal.asked == {}
    assert caller.journal.faults["503"] == caller.journal.faults["500"] == 1


async def test_what_is_refused_is_final(stack: AsyncExitStack, tmp_path: Path) -> None:
    caller = await caller_of(stack, tmp_path, Service("409"))
    assert (await caller.say(MESSAGE))[0] == 409
    (answered,) = caller.journal.answered
    assert not answered.is_acknowledged


async def test_a_replica_that_fails_is_left_and_the_next_command_goes_to_the_other(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    failing, other = Service(LOST), Service()
    caller = await caller_of(stack, tmp_path, failing, other)
    await caller.say(MESSAGE)
    await caller.say(MESSAGE)
    assert (len(failing.heads), len(other.heads)) == (1, 2)


async def test_a_command_without_an_answer_stays_in_the_journal(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    caller = await caller_of(stack, tmp_path, Service(*[LOST] * 100))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(caller.say(MESSAGE), 0.5)
    assert list(caller.journal.asked) == ["c0-0"]
