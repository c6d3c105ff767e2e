"""The proxy does what it says, to connections that are open and to new ones."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from reglament_local.chaos.proxy import Mode, Proxy

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """In front of a server that says every line back, and `bye` at the end."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(line)
            writer.write(b"bye\n")
        except OSError:
            pass
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with Proxy((host, port)) as proxy:
        yield proxy
    server.close()


async def said(pair: Pair, line: bytes, within: float = 2.0) -> bytes:
    pair[1].write(line)
    return await asyncio.wait_for(pair[0].readline(), within)


async def connected(proxy: Proxy) -> Pair:
    return await asyncio.open_connection("127.0.0.1", proxy.port)


async def is_silent(pair: Pair, line: bytes) -> bool:
    pair[1].write(line)
    try:
        await asyncio.wait_for(pair[0].readline(), 0.2)
    except TimeoutError:
        return True
    return False


async def test_bytes_and_the_end_pass_in_both_directions(proxy: Proxy) -> None:
    pair = await connected(proxy)
    assert await said(pair, b"one\n") == b"one\n"
    pair[1].write_eof()
    assert await pair[0].readline() == b"bye\n"
    assert await pair[0].read() == b""
    pair[1].close()


@pytest.mark.parametrize("mode", [Mode.DROP, Mode.DEAF])
async def test_what_a_blackhole_held_arrives_when_it_ends(proxy: Proxy, mode: Mode) -> None:
    before = await connected(proxy)
    assert await said(before, b"one\n") == b"one\n"
    proxy.turn(mode)
    new = await connected(proxy)
    assert await is_silent(before, b"two\n")
    assert await is_silent(new, b"three\n")
    proxy.turn(Mode.PASS)
    assert await said(before, b"") == b"two\n"
    assert await said(new, b"") == b"three\n"
    before[1].close()
    new[1].close()


async def test_a_half_open_connection_is_silent_and_reset_when_it_next_speaks(
    proxy: Proxy,
) -> None:
    before = await connected(proxy)
    assert await said(before, b"one\n") == b"one\n"
    proxy.turn(Mode.HALF_OPEN)
    new = await connected(proxy)
    assert await is_silent(before, b"two\n")
    assert await is_silent(new, b"three\n")
    proxy.turn(Mode.PASS)
    for pair in (before, new):
        with pytest.raises(ConnectionResetError):
            assert await said(pair, b"four\n") != b""
    again = await connected(proxy)
    assert await said(again, b"five\n") == b"five\n"
    again[1].close()


async def test_a_reset_ends_what_is_open_and_what_comes(proxy: Proxy) -> None:
    before = await connected(proxy)
    assert await said(before, b"one\n") == b"one\n"
    proxy.turn(Mode.RESET)
    with pytest.raises(ConnectionResetError):
        await said(before, b"")
    with pytest.raises(ConnectionResetError):
        await said(await connected(proxy), b"two\n")
    proxy.turn(Mode.PASS)
    again = await connected(proxy)
    assert await said(again, b"three\n") == b"three\n"
    again[1].close()


async def test_a_cut_ends_what_is_open_and_serves_who_comes_next(proxy: Proxy) -> None:
    before = await connected(proxy)
    assert await said(before, b"one\n") == b"one\n"
    proxy.cut()
    with pytest.raises(ConnectionResetError):
        await said(before, b"")
    again = await connected(proxy)
    assert await said(again, b"two\n") == b"two\n"
    again[1].close()


@pytest.mark.parametrize(
    ("mode", "seconds", "least"), [(Mode.DELAY, 0.1, 0.2), (Mode.THROTTLE, 0.02, 0.2)]
)
async def test_slow_ways_take_their_time_and_lose_nothing(
    proxy: Proxy, mode: Mode, seconds: float, least: float
) -> None:
    pair = await connected(proxy)
    proxy.turn(mode, seconds)
    began = time.monotonic()
    assert await said(pair, b"a line\n") == b"a line\n"
    assert time.monotonic() - began >= least
    pair[1].close()
