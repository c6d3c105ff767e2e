"""Dedicated connections of the consumer and the relay, which fence themselves by timeouts.

A frozen owner must not hold a row lock for ever: the server ends its transaction before Kafka
gives its partitions to another (reliability b1).
"""

from typing import Any

import asyncpg

from reglament.database import COMMAND_SECONDS, CONNECT_SECONDS, server_settings

# Longer than the wait for acknowledgements; a frozen leader loses its lock after that.
RELAY = {"idle_session_timeout": "30s"}


async def connect(dsn: str, name: str, settings: dict[str, str] | None = None) -> Any:
    """A connection of a loop's own, with the pool's bounds and, where given, further `settings`."""
    return await asyncpg.connect(
        dsn,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        server_settings={**server_settings(name), **(settings or {})},
    )
