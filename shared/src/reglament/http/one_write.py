"""An answer's head and body leave in one write: one system call and one packet instead of two.

uvicorn writes the head as soon as it is known, and the loop sends what it is given at once.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_HEAD = b"HTTP/1.1 "


class OneWrite(HttpToolsProtocol):
    """uvicorn's own protocol, over a transport that keeps a head for what follows it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As uvicorn's."""
        super().connection_made(cast("asyncio.Transport", HeadKeeping(transport)))


class HeadKeeping:
    """A transport whose write of a head waits for the next write, at most until the loop's turn is
    over: a stream's head goes before there is anything to stream. All else is the transport's own.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        """transport: of the connection."""
        self._transport = transport
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        """What is neither written nor closed."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send it, or keep it where it is a head."""
        if self._head:
            data, self._head = self._head + data, b""
        elif data.startswith(_HEAD):
            self._head = data
            asyncio.get_running_loop().call_soon(self._flush)
            return
        self._transport.write(data)

    def close(self) -> None:
        """Send what is kept, then close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        head, self._head = self._head, b""
        if head and not self._transport.is_closing():
            self._transport.write(head)
