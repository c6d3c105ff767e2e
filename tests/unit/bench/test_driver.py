"""The driver counts every answer, and what is no 2xx as failed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from bench.driver import MARK, Plan, drive
from bench.driving import request

Served = Callable[[bytes], Awaitable[int]]


@pytest.fixture
async def serve() -> AsyncIterator[Served]:
    """`port = await serve(answer)`: a server that gives everybody this answer."""
    servers: list[asyncio.Server] = []
    heard: list[bytes] = []

    async def start(answer: bytes) -> int:
        async def each(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while True:
                    heard.append(await reader.readuntil(b"\r\n\r\n"))
                    writer.write(answer)
            except asyncio.IncompleteReadError:
                writer.close()

        servers.append(await asyncio.start_server(each, "127.0.0.1", 0))
        return int(servers[-1].sockets[0].getsockname()[1])

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()


def plan(port: int, *, rate: float = 0.0) -> Plan:
    return Plan(port=port, requests=[request("GET", f"/{MARK}")], clients=2, seconds=0.5, rate=rate)


async def test_all_that_is_answered_is_counted(serve: Served) -> None:
    port = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    found = await drive(plan(port))
    assert found.answered > 2
    assert found.failed == 0
    assert 0 < found.p50_ms <= found.p99_ms


async def test_at_a_rate_so_many_are_sent_as_were_due(serve: Served) -> None:
    port = await serve(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")
    assert (await drive(plan(port, rate=40))).answered == 20


async def test_an_answer_that_is_no_2xx_has_failed(serve: Served) -> None:
    port = await serve(b"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n")
    found = await drive(plan(port))
    assert found.failed == found.answered > 0
    assert "503" in found.last_fault


def test_a_request_says_how_long_its_body_is() -> None:
    said = request("POST", "/x", {"A": "b"}, "é")
    assert said.startswith("POST /x HTTP/1.1\r\n")
    assert "Content-Length: 2\r\n" in said
    assert said.endswith("\r\n\r\né")
