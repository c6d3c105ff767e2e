"""A replica that ends in order is seen by no client; one that ends first is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx

from reglament_local.front import Front
from reglament_local.rehearsal.rotation import Rotation
from reglament_local.rehearsal.witness import Seen, Witness

INTAKE = "INTAKE_PORT"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(ANSWER)
    writer.close()
    await writer.wait_closed()


@dataclass(slots=True, kw_only=True)
class Site:
    """Two replicas behind the balancer, and a client whose witness is `seen`."""

    http: httpx.AsyncClient
    seen: Seen
    rotation: Rotation
    replicas: list[asyncio.Server]

    async def ask(self) -> None:
        for _ in range(6):
            await self.http.get("/v1/desks")

    async def close(self, replica: asyncio.Server) -> None:
        replica.close()
        await replica.wait_closed()


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    seen, rotation = Seen(), Rotation()
    async with AsyncExitStack() as stack:
        replicas = [await asyncio.start_server(serve, "127.0.0.1", 0) for _ in range(2)]
        for replica in replicas:
            stack.callback(replica.close)
            rotation.put(INTAKE, replica.sockets[0].getsockname())
        balancer = await asyncio.start_server(Front(rotation).serve, "127.0.0.1", 0)
        stack.callback(balancer.close)
        http = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{balancer.sockets[0].getsockname()[1]}",
            transport=Witness(seen, httpx.AsyncHTTPTransport()),
        )
        async with http:
            yield Site(http=http, seen=seen, rotation=rotation, replicas=replicas)
        if exchanges := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(exchanges, timeout=30)


async def test_one_that_was_taken_out_before_its_end_is_missed_by_nobody() -> None:
    async with site() as here:
        going = here.replicas[0]
        here.rotation.take(INTAKE, going.sockets[0].getsockname())
        await here.close(going)
        await here.ask()
        assert (here.seen.requests, here.seen.failures.total()) == (6, 0)


async def test_one_that_ended_while_it_was_sent_requests_is_a_failure() -> None:
    async with site() as here:
        await here.close(here.replicas[0])
        await here.ask()
        assert here.seen.failures == {"502 GET /v1/desks": 3}
