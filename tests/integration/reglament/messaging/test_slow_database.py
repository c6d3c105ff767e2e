"""The database is slow while partitions are assigned: nothing is read from elsewhere (b2 7)."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from reglament.ids import new_id
from reglament_local.chaos.proxy import Mode, Proxy
from tests.integration.reglament.messaging.conftest import Bench, ticket_event

pytestmark = pytest.mark.integration
SEEN = "SELECT count(*) FROM effects"
DELAY_SECONDS = 0.2  # each chunk in each direction: a takeover of four partitions takes longer


async def test_the_first_record_handled_is_the_one_at_the_stored_offset(bench: Bench) -> None:
    before, after = [new_id() for _ in range(20)], [new_id() for _ in range(20)]
    await bench.send(*(ticket_event(ticket, 1) for ticket in before))
    async with bench.consuming():
        for ticket in before:
            await bench.await_seen(ticket, [1])
    # Whoever read them again, from the placeholder's offset, would make these effects anew.
    await bench.pool.execute("DELETE FROM effects")
    await bench.pool.execute("DELETE FROM inbox")
    at = urlsplit(bench.dsn)
    async with Proxy((at.hostname or "", at.port or 0)) as proxy:
        proxy.turn(Mode.DELAY, DELAY_SECONDS)
        slow = at._replace(netloc=f"{at.netloc.rpartition('@')[0]}@{proxy.address}").geturl()
        async with replace(bench, dsn=slow).consuming():
            await bench.send(*(ticket_event(ticket, 1) for ticket in after))
            for ticket in after:
                await bench.await_seen(ticket, [1], seconds=90)
    assert await bench.pool.fetchval(SEEN) == len(after)
