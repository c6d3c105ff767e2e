"""What an answer about a ticket's clocks is made of."""

import pytest

from sla_clock.projections.known import READ
from sla_clock.projections.ticket_events import LOAD
from tests.integration.sla_clock.conftest import Clocked
from tests.support.statements import planned_anew

pytestmark = pytest.mark.integration
EVENTS = """
INSERT INTO ticket_events_v1 (key, ticket, source, sequence, type, schema_version, desk, at,
    recorded_at, data)
SELECT n::text, 't' || n % 300, 'intake', n, 'Resolved', 1, 'north', now(), now(), '{}'
FROM generate_series(1, 3000) AS n"""


async def test_the_plan_of_a_ticket_s_facts_is_kept_however_few_are_asked(clocked: Clocked) -> None:
    pool = clocked.runtime.pool
    await pool.execute(EVENTS)
    await pool.execute("ANALYZE ticket_events_v1")
    assert not await planned_anew(pool, READ, ["t"], ["ticket/t"])
    assert not await planned_anew(pool, LOAD, ["t"])
