"""A new table comes to the very rows of the live one, however they are written into it."""

from collections.abc import AsyncIterator, Collection
from itertools import count
from typing import Any

import asyncpg
import pytest

from reglament.database import connect
from reglament.events.envelope import Envelope
from reglament.events.registry import Event
from reglament.events.tickets import TicketClosed, TicketReopened
from reglament.projections import ProjectionRunner, Row
from reglament.rebuild_rows import BITS, NewTable
from reglament.testing import AT, SYSTEM, envelopes
from tests.support.stack import Databases

pytestmark = pytest.mark.integration
CLOSED = TicketClosed(at=AT, actor=SYSTEM)
REOPENED = TicketReopened(at=AT, actor=SYSTEM, reason="agent")
TABLE = """
CREATE TABLE {name} (
    key text PRIMARY KEY, times int NOT NULL, "order" text, at timestamptz, is_on boolean,
    share numeric, ratio float8, whole jsonb, said jsonb, unsaid text DEFAULT 'never',
    twice int GENERATED ALWAYS AS (times * 2) STORED
)"""
TEXTS = (
    "",
    "\\N",
    "\\.",
    "a\\b\\\\n",
    "tab\there",
    "two\nlines\r\n",
    '"quoted", {braces}',
    "заявка №5 — ✓ 🚂",
    "NULL",
    "\x01\x1f\x7f\v\f\b",
    " spaces ",
)


class Sights:
    """Row of all kinds of values, out of how often a key was seen; a reopened one has none."""

    name = "sights"
    version = 1
    handles: Collection[type[Event]] = (TicketClosed, TicketReopened)

    def keys(self, envelope: Envelope) -> Collection[str]:
        return (envelope.subject, f"{envelope.subject}/\t{envelope.sequence % 3}\\")

    def project(self, key: str, row: Row | None, envelope: Envelope) -> Row | None:
        if isinstance(envelope.event, TicketReopened):
            return None
        times = row["times"] + 1 if row else 1
        text = TEXTS[(times + len(key) + envelope.sequence) % len(TEXTS)]
        return {
            "times": times,
            "order": text,
            "at": "2026-11-23T10:00:00.5+03:00" if times % 2 else None,
            "is_on": times % 2 == 0,
            "share": 1.25 * times,
            "ratio": 1e-7 * times,
            "whole": {"б": [1, 2.5, None, True], "a\n\t\\": text},
            "said": text if times % 3 else None,
        }


@pytest.fixture
async def connection(postgres: Databases) -> AsyncIterator[Any]:
    connection = await connect(await postgres())
    yield connection
    await connection.close()


async def applied(connection: Any, runner: ProjectionRunner) -> None:
    """Batches in which keys are new, come again, go, and come back."""
    subjects = [f"t{number}" for number in range(150)]
    stories = {one: envelopes(one, CLOSED, CLOSED, REOPENED, CLOSED, CLOSED) for one in subjects}
    for subjects_of, sequences in (
        (subjects[:100], slice(0, 1)),
        (subjects[50:], slice(0, 2)),
        (subjects[20:120], slice(2, 3)),
        (subjects, slice(3, 5)),
    ):
        batch = [one for subject in subjects_of for one in stories[subject][sequences]]
        async with connection.transaction():
            await runner.apply(connection, batch)


@pytest.mark.parametrize("more", ["", ", labels text[] DEFAULT '{a}'", ", kept json"])
@pytest.mark.parametrize("bits", [BITS, 6], ids=["sure", "in_doubt"])
async def test_a_new_table_has_the_rows_of_the_live_one(
    connection: Any, bits: int, more: str
) -> None:
    for name in ("sights_v1", "sights_v1__new"):
        await connection.execute(TABLE.format(name=name)[:-1] + more + ")")
    await applied(connection, ProjectionRunner(Sights()))
    await applied(connection, NewTable(Sights(), "sights_v1__new", bits))
    assert await connection.fetchval("SELECT count(*) FROM sights_v1") > 300
    rows = "SELECT t::text FROM {} t ORDER BY key"
    live, new = [
        [row[0] for row in await connection.fetch(rows.format(name))]
        for name in ("sights_v1", "sights_v1__new")
    ]
    assert new == live


async def test_a_row_that_the_table_refuses_is_refused_and_its_batch_leaves_nothing(
    connection: Any,
) -> None:
    await connection.execute(TABLE.format(name="sights_v1__new"))
    await connection.execute("ALTER TABLE sights_v1__new ADD CHECK (times < 2)")
    runner = NewTable(Sights(), "sights_v1__new")
    with pytest.raises(asyncpg.CheckViolationError):
        async with connection.transaction():
            await runner.apply(connection, envelopes("t", CLOSED, CLOSED))
    assert await connection.fetchval("SELECT count(*) FROM sights_v1__new") == 0


async def test_keys_that_are_new_are_not_looked_up(connection: Any) -> None:
    await connection.execute(TABLE.format(name="sights_v1__new"))
    runner, asked = NewTable(Sights(), "sights_v1__new"), count()

    def seen(query: Any) -> None:
        if "FOR UPDATE" in query.query:
            next(asked)

    connection.add_query_logger(seen)
    for number in range(5):
        await runner.apply(connection, envelopes(f"t{number}", CLOSED))
    assert next(asked) == 0
    await runner.apply(connection, envelopes("t0", CLOSED))
    assert next(asked) == 2
