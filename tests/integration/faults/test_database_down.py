"""PostgreSQL dies or its lines are cut: never a false 2xx, one ticket a key (reliability b2 10).

POSTGRES_ROUNDS=30 is the long setting; `-s` shows how long each recovery took.
"""

import asyncio
import os
import random
import signal
import time
from pathlib import Path

import pytest

from reglament_local.postgres import postgres_part
from tests.integration.faults.site import (
    Clients,
    behind,
    intake_site,
    published,
    resident,
    stack_in,
    through,
)
from tests.support.eventually import eventually
from tests.support.stack import Databases

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]
ROUNDS = int(os.environ.get("POSTGRES_ROUNDS", "3"))
RECOVERY_SECONDS = 5.0
CUTS = 15


async def test_after_an_immediate_stop_under_load_every_key_has_one_ticket_and_its_first_answer(
    tmp_path: Path,
) -> None:
    stack = stack_in(tmp_path)
    recoveries: list[float] = []
    async with resident(stack, postgres_part(stack.postgres)) as postgres:
        dsn = stack.postgres.dsn("intake")
        async with intake_site(dsn) as site:
            clients = Clients(caller=await published(site), site=site)
            async with clients.at_work():
                for _ in range(ROUNDS):
                    await asyncio.sleep(0.5)
                    launches = postgres.launches
                    postgres.signal(signal.SIGQUIT)
                    await postgres.again(launches)
                    await postgres.ready(30)
                    up, done = time.monotonic(), clients.last_at

                    async def answered(done: float = done) -> bool:
                        return clients.last_at > done

                    await eventually(answered, 30, poll=0.01)
                    recoveries.append(max(0.0, clients.last_at - up))
            await clients.all_again()
        # Another process, the same answers.
        async with intake_site(dsn) as clients.site:
            await clients.all_again()
    longest = max(recoveries)
    print(f"{ROUNDS} stops, recovery at most {longest:.1f} s, {clients.statuses}")  # noqa: T201
    assert longest < RECOVERY_SECONDS


async def test_lines_cut_at_any_moment_commits_included_make_one_ticket_a_key(
    postgres: Databases,
) -> None:
    dsn, rng = await postgres(), random.Random(10)  # noqa: S311 - repeatable
    async with behind(dsn) as proxy, intake_site(through(dsn, proxy)) as site:
        clients = Clients(caller=await published(site), site=site)
        async with clients.at_work():
            for _ in range(CUTS):
                await asyncio.sleep(rng.uniform(0.2, 0.8))
                proxy.cut()
        await clients.all_again()
        print(f"{CUTS} cuts, {clients.statuses}")  # noqa: T201 - with -s
