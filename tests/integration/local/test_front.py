"""The front over real sockets: routed by path, streamed as it comes, refused as a problem."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from reglament_local.front import Front
from reglament_local.ports import free_port
from reglament_local.routes import ESCALATION, INTAKE, NOTIFIER, SLA_CLOCK

pytestmark = pytest.mark.integration

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


class Upstream:
    """A service that tells its name and the size of the body, then streams until let go."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.let_go = asyncio.Event()
        self.ended = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = head.partition("content-length: ")[2].partition("\r\n")[0]
        body = await reader.readexactly(int(length or 0))
        writer.write(HEAD + f"{self.name} {len(body)}\n".encode())
        await writer.drain()
        if "x-hold" in head:
            waits = [asyncio.create_task(self.let_go.wait()), asyncio.create_task(reader.read())]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
            writer.write(b"last\n")
        writer.close()
        self.ended.set()


@asynccontextmanager
async def fronted() -> AsyncIterator[tuple[httpx.AsyncClient, dict[str, Upstream]]]:
    upstreams = {name: Upstream(name) for name in (INTAKE, SLA_CLOCK, ESCALATION)}
    servers = [await asyncio.start_server(up.serve, "127.0.0.1", 0) for up in upstreams.values()]
    addresses = {
        name: ("127.0.0.1", server.sockets[0].getsockname()[1])
        for name, server in zip(upstreams, servers, strict=True)
    }
    addresses[NOTIFIER] = ("127.0.0.1", free_port())
    front = await asyncio.start_server(Front(addresses).serve, "127.0.0.1", 0, limit=65_536)
    url = f"http://127.0.0.1:{front.sockets[0].getsockname()[1]}"
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        yield client, upstreams
    for server in (front, *servers):
        server.close()
    if exchanges := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(exchanges, timeout=10)


async def test_each_path_reaches_its_service() -> None:
    async with fronted() as (client, _):
        assert (await client.get("/v1/tickets/1")).text == f"{INTAKE} 0\n"
        assert (await client.get("/v1/tickets/1/sla?as_of=x")).text == f"{SLA_CLOCK} 0\n"
        assert (await client.get("/v1/desks/a/queue")).text == f"{ESCALATION} 0\n"


async def test_a_body_of_40_megabytes_passes_whole() -> None:
    async with fronted() as (client, _):
        answer = await client.post("/v1/desks/a/tickets", content=b"x" * 40_000_000, timeout=30)
        assert answer.text == f"{INTAKE} 40000000\n"


async def test_an_event_stream_arrives_while_it_is_still_open() -> None:
    async with (
        fronted() as (client, upstreams),
        client.stream("GET", "/v1/tickets/1/stream", headers={"X-Hold": "1"}) as answer,
    ):
        lines = answer.aiter_lines()
        assert await anext(lines) == f"{INTAKE} 0"
        upstreams[INTAKE].let_go.set()
        assert await anext(lines) == "last"


async def test_a_client_that_leaves_ends_the_stream_at_the_service_too() -> None:
    async with fronted() as (client, upstreams):
        async with client.stream("GET", "/v1/tickets/1/stream", headers={"X-Hold": "1"}) as answer:
            await anext(answer.aiter_lines())
        await asyncio.wait_for(upstreams[INTAKE].ended.wait(), 10)


async def test_a_service_that_is_down_is_a_problem_document() -> None:
    async with fronted() as (client, _):
        answer = await client.get("/v1/subscriptions")
    assert answer.status_code == 502
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "Bad Gateway"


async def test_a_head_without_end_is_refused() -> None:
    async with fronted() as (client, _):
        answer = await client.get("/", headers={"X-Long": "x" * 100_000})
    assert answer.status_code == 431
