"""The parts of an end to end that need servers: the bare chain, the look at sla-clock's events."""

import asyncpg
import pytest

from bench.database import database
from bench.end_to_end_limit import bare
from bench.end_to_end_seen import Clocks

pytestmark = pytest.mark.integration
TABLE = "CREATE TABLE events (position bigint PRIMARY KEY, subject text, type text)"


async def test_the_bare_chain_commits_all_it_was_sent(
    kafka_server: str, postgres_server: str
) -> None:
    async with database(postgres_server) as dsn:
        found = await bare(dsn, kafka_server, 50, 0.5)
        connection = await asyncpg.connect(dsn)
        taken = await connection.fetchval("SELECT count(DISTINCT number) FROM bare_taken")
        await connection.close()
    assert taken == 25
    assert 0 < found.value <= found.figures["p99_ms"]


async def test_a_clock_is_seen_also_behind_a_newer_one(postgres_server: str) -> None:
    async with database(postgres_server) as dsn:
        connection = await asyncpg.connect(dsn)
        await connection.execute(TABLE)
        insert = "INSERT INTO events VALUES ($1, $2, 'ClockStarted')"
        await connection.execute(insert, 1, "old")
        async with Clocks.watched(dsn) as clocks:
            await connection.execute(insert, 3, "later")
            later = (await clocks.all_of({1: "later"}))[1]
            await connection.execute(insert, 2, "behind")
            assert (await clocks.all_of({2: "behind"}))[2] > later
        assert "old" not in clocks.seen
        await connection.close()
