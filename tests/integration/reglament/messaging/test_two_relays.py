"""Two relays believe that they lead: Kafka has doubles, nobody's effect has (reliability b2 4)."""

import asyncio
import signal
from typing import Any

import pytest

from reglament.command_handler import handle
from reglament.ids import new_id
from reglament.messaging.outbox import LOCK_SPACE
from tests.integration.reglament.messaging.conftest import Bench
from tests.integration.reglament.messaging.source import Source, relay_process, submission

pytestmark = pytest.mark.integration
LEADER = """
SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.classid = $1 AND l.granted"""


async def leader_of(source: Source) -> Any:
    return await source.pool.fetchval(LEADER, LOCK_SPACE)


async def test_a_leader_that_lost_its_session_and_wakes_up_later_doubles_no_effect(
    source: Source, bench: Bench
) -> None:
    tickets = [new_id() for _ in range(5)]
    async with bench.consuming():
        # It has sent the first events and freezes before the rows are deleted.
        with relay_process(source, FAILPOINT="relay.after_send:stop") as zombie:
            for ticket in tickets:
                await handle(source.store, submission(ticket, 3))
            for ticket in tickets[:1]:
                await bench.await_seen(ticket, [1, 2, 3])
            pid = await leader_of(source)
            assert await source.pool.fetchval("SELECT pg_terminate_backend($1)", pid)
            with relay_process(source):
                for ticket in tickets:
                    await handle(source.store, submission(ticket, 3))
                await source.drained()
                assert await leader_of(source) not in (None, pid)
                zombie.send_signal(signal.SIGCONT)
                # Its session is gone, so it begins anew, or ends; either way it waits its turn.
                await asyncio.to_thread(zombie.wait, 30)
                await handle(source.store, submission(tickets[0]))
                await source.drained()
        await bench.await_seen(tickets[0], range(1, 8))
        for ticket in tickets[1:]:
            await bench.await_seen(ticket, range(1, 7))
    assert sum(taken.duplicates for taken in bench.taken) > 0
    assert await bench.pool.fetchval("SELECT count(*) FROM blocked") == 0
