"""Dedicated connections of the consumer and the relay, which fence themselves by timeouts.

A frozen owner must not hold a row lock for ever: the server ends its transaction before Kafka
gives its partitions to another (reliability b1).
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

import asyncpg

from reglament.database import COMMAND_SECONDS, CONNECT_SECONDS, BoundedConnection, server_settings

# A frozen leader, or one that is cut off, loses its lock after that. Kafka's session is as long.
# What it forgets may come back with a crash of the server: it is sent once more, as after its own.
RELAY = {"idle_session_timeout": "6s", "synchronous_commit": "off"}
ALIVE_SECONDS = 2.0
T = TypeVar("T")


async def connect(dsn: str, name: str, settings: dict[str, str] | None = None) -> Any:
    """A connection of a loop's own, with the pool's bounds and, where given, further `settings`."""
    return await asyncpg.connect(
        dsn,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        connection_class=BoundedConnection,
        server_settings={**server_settings(name), **(settings or {})},
    )


async def while_alive(connection: Any, work: Awaitable[T]) -> T:
    """The result of `work`, during which the session shows now and then that we live.

    Raises what the database raises, with `work` cancelled: the session's locks are gone then.
    """
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait((task,), timeout=ALIVE_SECONDS))[0]:
            await connection.execute("SELECT 1")
        return task.result()
    finally:
        task.cancel()
        await asyncio.wait((task,))
