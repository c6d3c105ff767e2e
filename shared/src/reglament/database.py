"""Connections to a service's own PostgreSQL, with every wait bounded (reliability b1)."""

import asyncio
from typing import Any

import asyncpg

from reglament.migrations import MigrationEdited, migrate

__all__ = ["MigrationEdited", "close_pool", "connect", "connect_pool", "migrate"]

CONNECT_SECONDS = 5.0
STATEMENT_SECONDS = 10
# What a process that was stopped between two messages of one statement still held: PostgreSQL
# counts such a session neither as idle in transaction nor as at work on a statement.
TRANSACTION_SECONDS = 15
# Longer than the server's own bound, so that as a rule the server says what took so long.
COMMAND_SECONDS = STATEMENT_SECONDS + 2.0
CANCEL_SECONDS = 2.0
IDLE_SECONDS = 60.0


# For a transaction that may last, on a connection that is bounded else.
UNBOUNDED = "SET LOCAL statement_timeout = 0; SET LOCAL transaction_timeout = 0"


class BoundedConnection(asyncpg.Connection):  # type: ignore[misc]
    """Ends itself where a cancelled command is not acknowledged soon: the other end is gone.

    asyncpg would wait as long again as for the command, before the ROLLBACK that follows it.
    """

    def _cancel_current_command(self, *waiters: Any) -> None:
        super()._cancel_current_command(*waiters)
        self._loop.call_later(CANCEL_SECONDS, self._end_if_silent)

    def _end_if_silent(self) -> None:
        if not self.is_closed() and self._protocol._is_cancelling():
            self.terminate()


class PooledConnection(BoundedConnection):
    """Goes back to its pool without a round trip: nothing here outlives a transaction.

    Whoever needs a session lock (the relay's leader) opens a connection of its own.
    """

    def get_reset_query(self) -> str:
        """Nothing to reset: only SET LOCAL and transaction locks are used on pooled ones."""
        return ""


def server_settings(name: str, statement_seconds: int = STATEMENT_SECONDS) -> dict[str, str]:
    """What every session says to the server; UTC, so that JSON of timestamps is in UTC.

    A bounded one asks by key. Plans are kept, and the first are made of tables that are empty yet,
    for which reading them whole looks cheapest: that went on while they grew, until a minute later
    the server had counted them.
    """
    return {
        "application_name": name,
        "timezone": "UTC",
        "statement_timeout": f"{statement_seconds}s",
        "lock_timeout": "5s",
        "idle_in_transaction_session_timeout": "5s",
        "transaction_timeout": f"{TRANSACTION_SECONDS if statement_seconds else 0}s",
        "client_connection_check_interval": "2s",
        "tcp_keepalives_idle": "10",
        "tcp_keepalives_interval": "5",
        "tcp_keepalives_count": "3",
        "jit": "off",
        "enable_seqscan": "off" if statement_seconds else "on",
    }


async def connect(dsn: str, name: str = "reglament", statement_seconds: int = 0) -> Any:
    """One connection of its own, outside any pool; statements unbounded unless told."""
    return await asyncpg.connect(
        dsn, timeout=CONNECT_SECONDS, server_settings=server_settings(name, statement_seconds)
    )


async def connect_pool(dsn: str, name: str = "reglament", size: int = 10) -> Any:
    """A pool of at most `size`. `name` shows in pg_stat_activity. The caller closes it."""
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        max_inactive_connection_lifetime=IDLE_SECONDS,
        connection_class=PooledConnection,
        server_settings=server_settings(name),
    )


async def close_pool(pool: Any) -> None:
    """Wait a little for those who still use it, then cut them off."""
    try:
        await asyncio.wait_for(pool.close(), 5)
    except TimeoutError:
        pool.terminate()
