"""A session that shows that it lives keeps its locks; one that does not loses them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from reglament.database import (
    CANCEL_SECONDS,
    TRANSACTION_SECONDS,
    BoundedConnection,
    connect_pool,
)
from reglament.messaging.connections import connect, while_alive
from reglament_local.chaos.proxy import Mode, Proxy
from tests.support.crowding import crowding
from tests.support.stack import Databases

pytestmark = pytest.mark.integration
SHORT = {"idle_session_timeout": "3s"}
LONGER = 4.5


async def test_work_longer_than_the_session_time_does_not_cost_the_session(
    postgres: Databases,
) -> None:
    connection = await connect(await postgres(), "test", SHORT)
    assert await connection.fetchval("SELECT pg_try_advisory_lock(1)")
    done = await while_alive(connection, asyncio.sleep(LONGER, "done"))
    assert done == "done"
    assert await connection.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
    await connection.close()


async def test_without_a_sign_of_life_the_lock_passes_on(postgres: Databases) -> None:
    dsn = await postgres()
    silent = await connect(dsn, "silent", SHORT)
    assert await silent.fetchval("SELECT pg_try_advisory_lock(1)")
    other = await asyncpg.connect(dsn)
    await asyncio.sleep(LONGER)  # the session time is what is tested
    assert await other.fetchval("SELECT pg_try_advisory_lock(1)")
    await other.close()
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await while_alive(silent, asyncio.sleep(60))


async def test_a_transaction_stopped_between_two_messages_of_a_statement_lets_go(
    postgres: Databases,
) -> None:
    """Neither idle in transaction nor at work: a SIGSTOP there once held a lock for good."""
    dsn = await postgres()
    other = await asyncpg.connect(dsn)
    await other.execute("CREATE TABLE held AS SELECT 1 AS one")
    bounds = {"idle_in_transaction_session_timeout": "1s", "transaction_timeout": "2s"}
    stopped = await connect(dsn, "stopped", bounds)
    await stopped.execute("BEGIN; SELECT FROM held FOR UPDATE")
    await stopped.prepare("SELECT $1::int")  # parsed and flushed; its Bind and Sync never come
    await other.execute("SELECT FROM held FOR UPDATE", timeout=5)
    await other.close()
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await stopped.fetchval("SELECT 1")


@pytest.mark.parametrize("open_one", [connect, connect_pool])
async def test_every_bounded_session_bounds_its_transactions(
    postgres: Databases, open_one: Callable[[str, str], Awaitable[Any]]
) -> None:
    session = await open_one(await postgres(), "test")
    try:
        assert await session.fetchval("SHOW transaction_timeout") == f"{TRANSACTION_SECONDS}s"
    finally:
        await session.close()


async def test_a_server_that_is_gone_is_given_up_soon_after_the_command_is(
    postgres: Databases,
) -> None:
    """A half-open connection: asyncpg alone would wait for the cancellation as long again."""
    parts = urlsplit(await postgres())
    async with Proxy((str(parts.hostname), parts.port or 0)) as proxy:
        dsn = parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{proxy.port}")
        connection = await asyncpg.connect(
            dsn.geturl(), command_timeout=10, connection_class=BoundedConnection
        )
        sleeping = asyncio.create_task(in_transaction(connection))
        await asyncio.sleep(0.3)  # the command is on its way
        proxy.turn(Mode.HALF_OPEN)
        sleeping.cancel()
        began = time.monotonic()
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await sleeping
        assert time.monotonic() - began < CANCEL_SECONDS + 2 * crowding()
        assert connection.is_closed()


async def in_transaction(connection: Any) -> None:
    async with connection.transaction():
        await connection.execute("SELECT pg_sleep(60)")
