"""A session that shows that it lives keeps its locks; one that does not loses them."""

import asyncio

import asyncpg
import pytest

from reglament.messaging.connections import connect, while_alive
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
