"""Dedicated connections of the consumer and the relay, which fence themselves by timeouts.

A frozen owner must not hold a row lock for ever: the server ends its transaction before Kafka
gives its partitions to another (reliability b1).
"""

from typing import Any

import asyncpg

CONSUMER = {
    "idle_in_transaction_session_timeout": "5s",
    "statement_timeout": "10s",
    "lock_timeout": "5s",
    "tcp_keepalives_idle": "10",
}
# Longer than the wait for acknowledgements; a frozen leader loses its lock after that.
RELAY = {"idle_session_timeout": "30s", "statement_timeout": "10s", "tcp_keepalives_idle": "10"}


async def connect(dsn: str, name: str, settings: dict[str, str] | None = None) -> Any:
    """A connection of the consumer's, or with `settings` of another loop's own."""
    return await asyncpg.connect(
        dsn,
        timeout=5,
        command_timeout=15,
        server_settings={**(CONSUMER if settings is None else settings), "application_name": name},
    )
