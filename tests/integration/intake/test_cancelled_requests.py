"""Clients hang up at any await: no connection, lock or transaction is left (reliability b2 22).

CANCELLED=10000 is the long setting.
"""

import asyncio
import os
import random

import asyncpg
import pytest

from reglament.ids import new_id
from tests.integration.intake.conftest import Intake, request
from tests.support.eventually import eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]
COUNT = int(os.environ.get("CANCELLED", "400"))
AT_ONCE = 20
LEFT = """
SELECT count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS in_transaction,
    (SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE a.datname = current_database() AND l.locktype IN ('advisory', 'transactionid')) AS locks
FROM pg_stat_activity WHERE datname = current_database()"""


async def some_call(intake: Intake, rng: random.Random, ticket: str) -> None:
    match rng.randrange(4):
        case 0:
            await intake.call("GET", f"/tickets/{ticket}")
        case 1:
            await intake.call("GET", f"/tickets/{ticket}/history")
        case 2:
            note = {"body": "x", "visibility": "internal"}
            await intake.call("POST", f"/tickets/{ticket}/messages", note)
        case _:
            body = request(description=new_id())
            await intake.call("POST", "/desks/north/tickets", body, Idempotency_Key=f'"{new_id()}"')


async def hang_up(intake: Intake, rng: random.Random, ticket: str) -> bool:
    """Whether it was cancelled before its answer."""
    call = asyncio.create_task(some_call(intake, rng, ticket))
    await asyncio.sleep(rng.random() * 0.03)
    call.cancel()
    (outcome,) = await asyncio.gather(call, return_exceptions=True)
    return isinstance(outcome, asyncio.CancelledError)


async def test_requests_cancelled_at_random_points_leave_nothing_behind(intake: Intake) -> None:
    rng = random.Random(22)  # noqa: S311 - repeatable
    ticket = str((await intake.open())["id"])
    cancelled = 0
    for _ in range(COUNT // AT_ONCE):
        outcomes = await asyncio.gather(*(hang_up(intake, rng, ticket) for _ in range(AT_ONCE)))
        cancelled += sum(outcomes)
    assert cancelled > COUNT / 4
    pool = intake.runtime.pool

    async def all_is_free() -> bool:
        assert pool.get_idle_size() == pool.get_size()
        connection = await asyncpg.connect(intake.runtime.settings.database)
        try:
            assert tuple(await connection.fetchrow(LEFT)) == (0, 0)
        finally:
            await connection.close()
        return True

    await eventually(all_is_free)
    connections = [await pool.acquire(timeout=5) for _ in range(pool.get_max_size())]
    for connection in connections:
        await pool.release(connection)
    await intake.open(description="It still works")
    print(f"{cancelled} of {COUNT} cancelled before their answer")  # noqa: T201 - with -s
