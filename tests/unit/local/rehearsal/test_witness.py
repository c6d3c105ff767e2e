"""The witness counts what a client would complain of, and nothing else."""

import asyncio

import httpx
import pytest

from reglament_local.rehearsal.witness import Pulse, Seen, Witness
from tests.support.eventually import eventually


def answering(*statuses: int) -> httpx.MockTransport:
    left = list(statuses)

    def answer(request: httpx.Request) -> httpx.Response:
        status = left.pop(0) if left else 200
        if not status:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(status, json={})

    return httpx.MockTransport(answer)


async def test_a_refused_connection_a_5xx_and_a_429_are_failures_and_a_409_is_not() -> None:
    seen = Seen()
    async with httpx.AsyncClient(transport=Witness(seen, answering(201, 409, 503, 429))) as http:
        for _ in range(4):
            await http.get("http://front/v1/desks")
    async with httpx.AsyncClient(transport=Witness(seen, answering(0))) as http:
        with pytest.raises(httpx.ConnectError):
            await http.get("http://front/v1/desks")
    assert seen.requests == 5
    assert seen.failures == {
        "503 GET /v1/desks": 1,
        "429 GET /v1/desks": 1,
        "ConnectError GET /v1/desks": 1,
    }


async def test_an_answer_that_breaks_off_is_a_failure() -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        writer.close()

    seen = Seen()
    server = await asyncio.start_server(half, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, httpx.AsyncClient(transport=Witness(seen, _plain())) as http:
        with pytest.raises(httpx.RemoteProtocolError):
            await http.get(url)
    assert seen.failures == {"RemoteProtocolError GET /": 1}


def _plain() -> httpx.AsyncHTTPTransport:
    return httpx.AsyncHTTPTransport()


async def test_the_pulse_reads_every_service_and_tells_what_is_refused() -> None:
    seen = Seen()
    async with httpx.AsyncClient(transport=Witness(seen, answering(404))) as http:
        pulse = Pulse(http=http, url="http://front", desk="north", key="k", seen=seen)
        async with pulse.beating():

            async def all_answered() -> bool:
                return len(seen.silence) == 4

            await eventually(all_answered)
    assert seen.failures.total() == 1
    assert next(iter(seen.failures)).startswith("404 GET")
