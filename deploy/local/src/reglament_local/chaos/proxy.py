"""A TCP proxy that does to connections what networks do. Standard library only.

    async with Proxy(("127.0.0.1", 5432)) as proxy:
        ...                          # clients use proxy.port
        proxy.turn(Mode.DROP)        # what is open, and what will be opened, hangs
        proxy.turn(Mode.PASS)        # and flows again, nothing of it lost, as after lost packets

A server that tells its clients where it is (Kafka's advertised.listeners) must name proxy.port,
or they go round it.
"""

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Self

CHUNK = 65_536
# SO_LINGER of 0 s: closing sends RST, not FIN.
AT_ONCE = struct.pack("ii", 1, 0)


class Mode(StrEnum):
    """What becomes of bytes. Each but PASS holds for connections that are open and for new ones."""

    PASS = "pass"  # noqa: S105 - a way, no password
    DELAY = "delay"  # every chunk waits `seconds` in each direction
    DROP = "drop"  # blackhole: nothing arrives, nobody is told
    DEAF = "deaf"  # requests arrive, their answers do not
    HALF_OPEN = "half-open"  # the server's end is gone, the client's stands and is not told
    RESET = "reset"  # RST, to what is open and to who comes
    THROTTLE = "throttle"  # one byte every `seconds`


@dataclass(slots=True, eq=False)
class _Line:
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    orphan: bool = False
    pumps: set["asyncio.Task[None]"] = field(default_factory=set)

    def reset(self) -> None:
        for writer in filter(None, (self.client, self.server)):
            _abort(writer)

    def lose_server(self) -> None:
        self.orphan = True
        if self.server is not None:
            _abort(self.server)


class Proxy:
    """Listens on 127.0.0.1:`port` (0: a free one) for the server at `target`."""

    def __init__(self, target: tuple[str, int], port: int = 0) -> None:
        self.target, self.port = target, port
        self.mode, self.seconds = Mode.PASS, 0.0
        self.opened = 0
        self._lines: set[_Line] = set()
        self._turned = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        pumps = [pump for line in self._lines for pump in line.pumps]
        for pump in pumps:
            pump.cancel()
        self.cut()
        await asyncio.gather(*pumps, return_exceptions=True)

    @property
    def address(self) -> str:
        """host:port for the clients."""
        return f"127.0.0.1:{self.port}"

    @property
    def lines(self) -> int:
        """How many connections are open."""
        return len(self._lines)

    def turn(self, mode: Mode, seconds: float = 0.0) -> None:
        """From now on `mode`, for every connection."""
        self.mode, self.seconds = mode, seconds
        self._turned.set()
        self._turned = asyncio.Event()
        if mode is Mode.RESET:
            self.cut()
        if mode is Mode.HALF_OPEN:
            for line in self._lines:
                line.lose_server()

    def cut(self) -> None:
        """Resets all open connections; who comes next is served."""
        for line in list(self._lines):
            line.reset()

    async def _serve(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        line = _Line(client)
        self._lines.add(line)
        self.opened += 1
        task = asyncio.current_task()
        line.pumps.update(filter(None, (task,)))
        try:
            await self._join(line, reader)
        except OSError:
            line.reset()
        finally:
            self._lines.discard(line)
            for writer in filter(None, (line.client, line.server)):
                writer.close()

    async def _join(self, line: _Line, reader: asyncio.StreamReader) -> None:
        if self.mode is Mode.RESET:
            line.reset()
            return
        await self._while_in(Mode.DROP)
        if self.mode is Mode.HALF_OPEN:
            line.orphan = True
            await self._pump(line, reader, None)
            return
        answers, line.server = await asyncio.open_connection(*self.target)
        back = asyncio.create_task(self._pump(line, answers, line.client))
        line.pumps.add(back)
        try:
            await self._pump(line, reader, line.server)
            await back
        finally:
            back.cancel()
            await asyncio.gather(back, return_exceptions=True)

    async def _while_in(self, *modes: Mode) -> None:
        while self.mode in modes:
            await self._turned.wait()

    async def _pump(
        self, line: _Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter | None
    ) -> None:
        """One direction until its end. writer None: there is nobody any more to write to."""
        is_answer = writer is line.client
        held = (Mode.DROP, Mode.DEAF) if is_answer else (Mode.DROP,)
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._while_in(*held)
                if line.orphan:
                    await self._while_in(Mode.HALF_OPEN)
                    break
                await self._pass_on(data, writer)
        await self._while_in(*held)
        await self._end(line, writer, is_answer)

    async def _pass_on(self, data: bytes, writer: asyncio.StreamWriter | None) -> None:
        if writer is None:
            return
        if self.mode is Mode.DELAY:
            await asyncio.sleep(self.seconds)
        sent = 0
        while self.mode is Mode.THROTTLE and sent < len(data):
            writer.write(data[sent : sent + 1])
            sent += 1
            await asyncio.sleep(self.seconds)
        writer.write(data[sent:])
        await writer.drain()

    async def _end(self, line: _Line, writer: asyncio.StreamWriter | None, is_answer: bool) -> None:
        """The end goes on to the other side, except that an orphan hears it when it next speaks."""
        if line.orphan:
            if not is_answer:
                line.reset()
            return
        with contextlib.suppress(OSError):
            if writer is not None and writer.can_write_eof() and not writer.is_closing():
                writer.write_eof()


def _abort(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    writer.transport.abort()
