"""`python -m <service> migrate`: the Job before a rollout."""

import asyncio
import os
import sys

import asyncpg
import pytest

from tests.support.stack import Databases

pytestmark = pytest.mark.integration


async def migrated(dsn: str) -> tuple[int | None, str]:
    environ = os.environ | {
        "NOTIFIER_DATABASE": dsn,
        "NOTIFIER_KAFKA": "127.0.0.1:1",
        "NOTIFIER_SECRET": "secret",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "notifier", "migrate", env=environ, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def test_it_brings_the_database_to_this_release_without_kafka_and_ends(
    postgres: Databases,
) -> None:
    dsn = await postgres()
    code, said = await migrated(dsn)
    assert (code, "notifier.migrations/" in said) == (0, True)
    connection = await asyncpg.connect(dsn)
    try:
        applied = await connection.fetchval("SELECT count(*) FROM schema_migrations")
    finally:
        await connection.close()
    assert applied == len(said.splitlines())
    assert await migrated(dsn) == (0, "")
