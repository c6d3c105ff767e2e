"""`python -m reglament_local.front`: one origin, routed by path to the four services.

One request a connection: the head is read and routed, then bytes flow both ways untouched, so that
event streams, uploads and downloads of any size pass without being held.
"""

import asyncio
import json
import os
import re
import sys
from collections.abc import Mapping
from contextlib import suppress

from reglament_local.ports import DEFAULTS, LOOPBACK, ports_from
from reglament_local.routes import owner_of
from reglament_local.supervisor import cancel_on_signals

Address = tuple[str, int]
Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]

HEAD_LIMIT = 65_536
HEAD_SECONDS = 30.0
CHUNK = 65_536
REQUEST_LINE = re.compile(rb"[A-Z]+ (?:https?://[^/ ]*)?(/[^ ?#]*)[^ ]* HTTP/1\.[01]")
# Ours to set: a client's own would claim another address, or keep the connection.
DROPPED = (b"connection:", b"keep-alive:", b"x-forwarded-for:", b"x-forwarded-proto:")


def path_in(head: bytes) -> str | None:
    """The path of a request head, or None when the first line is no HTTP/1 request."""
    match = REQUEST_LINE.fullmatch(head.split(b"\r\n", 1)[0])
    return match[1].decode("latin-1") if match else None


def passed_on(head: bytes, client: str) -> bytes:
    """The head as the service gets it: closing after the answer, and naming the client."""
    first, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    kept = [line for line in lines if not line.lower().startswith(DROPPED)]
    added = [b"Connection: close", b"X-Forwarded-For: " + client.encode()]
    return b"\r\n".join((first, *kept, *added)) + b"\r\n\r\n"


def problem(status: int, title: str, detail: str) -> bytes:
    """A whole answer: problem details (RFC 9457)."""
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail})
    lines = (
        f"HTTP/1.1 {status} {title}",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(body)}",
        "Connection: close",
    )
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


class RefusedError(Exception):
    """The front itself answers, with `answer`."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.answer = problem(status, title, detail)


class Front:
    """Hands each connection to the service that owns its path; `addresses` by port variable."""

    def __init__(self, addresses: Mapping[str, Address]) -> None:
        self._addresses = addresses

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its head to its end."""
        try:
            head = await _head_from(reader)
            service = await self._service_of(head)
            service[1].write(passed_on(head, writer.get_extra_info("peername")[0]))
            await _both_ways((reader, writer), service)
        except RefusedError as refused:
            writer.write(refused.answer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass  # the client went away
        finally:
            await _close(writer)

    async def _service_of(self, head: bytes) -> Pair:
        path = path_in(head)
        if path is None:
            raise RefusedError(400, "Bad Request", "the request line is no HTTP/1.1")
        host, port = self._addresses[owner_of(path)]
        try:
            return await asyncio.open_connection(host, port, limit=HEAD_LIMIT)
        except OSError as error:
            detail = f"the service at {host}:{port} does not answer"
            raise RefusedError(502, "Bad Gateway", detail) from error


async def _head_from(reader: asyncio.StreamReader) -> bytes:
    try:
        return await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_SECONDS)
    except asyncio.LimitOverrunError as error:
        title = "Request Header Fields Too Large"
        raise RefusedError(431, title, f"the head is over {HEAD_LIMIT} bytes") from error


async def _both_ways(client: Pair, service: Pair) -> None:
    # Either end closing ends the exchange: the service after its answer, the client at any time.
    flows = [
        asyncio.create_task(_flow(client[0], service[1])),
        asyncio.create_task(_flow(service[0], client[1])),
    ]
    try:
        await asyncio.wait(flows, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for flow in flows:
            flow.cancel()
        await asyncio.gather(*flows, return_exceptions=True)
        await _close(service[1])


async def _flow(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await source.read(CHUNK):
            sink.write(chunk)
            await sink.drain()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


def addresses_from(environ: Mapping[str, str]) -> dict[str, Address]:
    """Host and port of each service: INTAKE_HOST and INTAKE_PORT, and so on; loopback if unset."""
    hosts = {name: name.replace("_PORT", "_HOST") for name in DEFAULTS}
    ports = ports_from(environ)
    return {name: (environ.get(hosts[name]) or LOOPBACK, port) for name, port in ports.items()}


async def main(addresses: Mapping[str, Address]) -> None:
    """Listens at REGLAMENT_FRONT_HOST and …_PORT until SIGTERM."""
    cancel_on_signals()
    host, port = addresses["REGLAMENT_FRONT_PORT"]
    front = Front(addresses)
    server = await asyncio.start_server(front.serve, host, port, limit=HEAD_LIMIT)
    await server.serve_forever()


if __name__ == "__main__":
    with suppress(asyncio.CancelledError):
        asyncio.run(main(addresses_from(os.environ)))
    sys.exit(0)
