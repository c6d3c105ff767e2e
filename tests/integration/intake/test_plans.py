"""A page of a list is read by an index that has what is asked for: never by looking at all.

What is asked by key is planned once.
"""

import re
from datetime import timedelta
from typing import Any

import pytest

from intake.office.register import LOOK_UP
from intake.projections.search import Search
from intake.projections.shown import HISTORIES, NAMED, listing
from reglament.clock import now
from tests.integration.intake.conftest import Intake
from tests.support.statements import planned_anew

pytestmark = pytest.mark.integration
PEOPLE = 400
# Of eleven desks; most are closed, one in a hundred is not.
ROWS = """
INSERT INTO ticket_view_v1 (key, number, desk, phase, status, worked, withdrawn, priority, provided,
    attachments, requester, customer, assignee, callback, violations, links, updated_at, version,
    view, seen)
SELECT lpad(n::text, 8, '0'), 'N-' || n,
    CASE WHEN n % 11 = 0 THEN 'north' ELSE 'd' || n % 11 END, 'open',
    CASE WHEN n % 100 = 0 THEN 'waiting' ELSE 'closed' END, false, false, 'normal', '[]', '[]',
    'r' || n % $1, 'c' || n % $1, 'e' || n % $1, false, '[]', '[]',
    timestamptz '2026-01-01' + n * interval '1 minute', 1, 1, '{}'
FROM generate_series(1, 30000) AS n
"""
NORTH: dict[str, Any] = {"desk": "north"}
ASKED = {
    # A desk that has one in eleven is found among all as cheaply.
    "ticket_view_v1_": [{}, {"below": "00015000"}, NORTH, {**NORTH, "below": "00015000"}],
    "ticket_view_v1_status": [
        {**NORTH, "status": "waiting"},
        {**NORTH, "status": "merged"},
        {**NORTH, "status": "waiting", "below": "00015000"},
    ],
    "ticket_view_v1_requester": [
        {"requester": ("r7",)},
        {**NORTH, "requester": ("r7",)},
        {**NORTH, "requester": ("r7",), "below": "00015000"},
    ],
    "ticket_view_v1_assignee": [
        {**NORTH, "assignee": "e7"},
        {**NORTH, "assignee": "nobody"},
        {**NORTH, "assignee": "e7", "status": "closed"},
        {**NORTH, "assignee": "e7", "below": "00015000"},
    ],
    "ticket_view_v1_customer": [
        {**NORTH, "customer": "c7"},
        {**NORTH, "customer": "c7", "below": "00015000"},
    ],
}


async def test_a_page_is_read_by_the_index_that_is_made_for_it(intake: Intake) -> None:
    pool = intake.runtime.pool
    await pool.execute(ROWS, PEOPLE)
    await pool.execute("ANALYZE ticket_view_v1")
    for index, searches in ASKED.items():
        for said in searches:
            statement, arguments = listing(Search(**said))
            rows = await pool.fetch(f"EXPLAIN {statement}", *arguments, 26)
            plan = "\n".join(row[0] for row in rows)
            assert re.search(rf"Index Scan (Backward using|using|on) {index}", plan), plan
            assert "Seq Scan on ticket_view_v1" not in plan, plan


async def test_the_plan_of_a_look_up_by_key_is_kept_however_few_are_asked(intake: Intake) -> None:
    day = timedelta(days=1)
    asked = [*([each] for each in ("north", "client", None, "a@b.example", "f")), [now()]]
    for statement, arguments in (
        (NAMED, [["t"]]),
        (HISTORIES, [["t"], [None]]),
        (LOOK_UP, [*asked, [now() + day]]),
    ):
        assert not await planned_anew(intake.runtime.pool, statement, *arguments), statement
