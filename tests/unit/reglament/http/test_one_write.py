"""An answer's head and body, as they arrive at a socket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from socket import AF_INET, SOCK_STREAM, socket
from typing import Any

import pytest
import uvicorn

from reglament.http.one_write import OneWrite

Connected = Callable[[Any], AbstractAsyncContextManager[socket]]
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
BODY = b"x" * 20_000
WITHIN = 5.0


async def _start(send: Any, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": list(headers)})


async def whole(scope: Any, receive: Any, send: Any) -> None:
    """An answer at once."""
    await _start(send, (b"content-length", str(len(BODY)).encode()))
    await send({"type": "http.response.body", "body": BODY})


@pytest.fixture
def connected() -> Connected:
    """A connection to the application, served as a process serves its own."""

    @asynccontextmanager
    async def connect(application: Any) -> AsyncIterator[socket]:
        config = uvicorn.Config(application, http=OneWrite, log_config=None, lifespan="off")
        server = uvicorn.Server(config)
        with socket(AF_INET, SOCK_STREAM) as listening, socket(AF_INET, SOCK_STREAM) as client:
            listening.bind(("127.0.0.1", 0))
            listening.listen()
            serving = asyncio.create_task(server.serve([listening]))
            client.setblocking(False)
            await asyncio.get_running_loop().sock_connect(client, listening.getsockname())
            try:
                yield client
            finally:
                server.should_exit = True
                await asyncio.wait_for(serving, WITHIN)

    return connect


async def heard(client: socket) -> bytes:
    """What arrives with one look."""
    arriving = asyncio.get_running_loop().sock_recv(client, 1 << 20)
    return await asyncio.wait_for(arriving, WITHIN)


async def asked(client: socket, request: bytes = GET) -> bytes:
    """The first that arrives after that."""
    await asyncio.get_running_loop().sock_sendall(client, request)
    return await heard(client)


async def test_head_and_body_arrive_together(connected: Connected) -> None:
    async with connected(whole) as client:
        for _ in range(20):  # on one connection
            head, _, body = (await asked(client)).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 OK")
            assert body == BODY


async def test_a_streams_head_waits_for_nothing(connected: Connected) -> None:
    is_heard = asyncio.Event()

    async def stream(scope: Any, receive: Any, send: Any) -> None:
        await _start(send)
        await is_heard.wait()
        await send({"type": "http.response.body", "body": b"first"})

    async with connected(stream) as client:
        head = await asked(client)
        assert head.startswith(b"HTTP/1.1 200 OK")
        assert head.endswith(b"\r\n\r\n")
        is_heard.set()
        assert b"first" in await heard(client)


async def test_an_answer_without_a_body_and_the_end_of_a_connection(connected: Connected) -> None:
    async def nothing(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async with connected(nothing) as client:
        assert (await asked(client)).startswith(b"HTTP/1.1 204")
        closing = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        assert (await asked(client, closing)).startswith(b"HTTP/1.1 204")
        assert await heard(client) == b""


async def test_what_is_no_request_is_answered_before_the_end(connected: Connected) -> None:
    async with connected(whole) as client:
        assert (await asked(client, b"nonsense\r\n\r\n")).startswith(b"HTTP/1.1 400")


async def test_who_waits_with_his_body_is_told_to_go_on(connected: Connected) -> None:
    async def reading(scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        await _start(send, (b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.body", "body": body})

    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
    async with connected(reading) as client:
        assert (await asked(client, head)).startswith(b"HTTP/1.1 100 Continue")
        assert (await asked(client, b"body")).endswith(b"\r\n\r\nbody")
