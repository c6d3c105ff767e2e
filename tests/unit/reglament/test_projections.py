"""Several projections of one batch: what they look up is one statement, what they write another."""

from collections.abc import Collection
from typing import Any

import msgspec

from reglament.events.envelope import Envelope
from reglament.events.registry import Event
from reglament.events.tickets import TicketClosed, TicketReopened
from reglament.eventstore.together import Together
from reglament.projections import ProjectionRunner, Row, apply_all
from reglament.testing import AT, SYSTEM, envelopes

CLOSED = TicketClosed(at=AT, actor=SYSTEM)
REOPENED = TicketReopened(at=AT, actor=SYSTEM, reason="agent")


class Times:
    """How often a ticket was closed."""

    version = 1

    def __init__(self, name: str, *handles: type[Event]) -> None:
        self.name = name
        self.handles: Collection[type[Event]] = handles

    def keys(self, envelope: Envelope) -> Collection[str]:
        return (envelope.subject,)

    def project(self, key: str, row: Row | None, envelope: Envelope) -> Row | None:
        return {"key": key, "times": (row["times"] if row else 0) + 1}


class Noted:
    """An effect that is no projection."""

    async def apply(self, connection: Any, given: Any, /) -> None:
        await connection.execute("INSERT INTO noted VALUES ($1)", len(given))


class Line:
    """A connection that notes what it is sent; of every table there is one row."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def execute(self, statement: str, *arguments: object) -> None:
        self.sent.append(statement)
        self.arguments = arguments

    async def fetch(self, statement: str, *arguments: Any) -> list[dict[str, Any]]:
        if "pg_attribute" in statement:
            return [{"attname": "key"}, {"attname": "times"}]
        self.sent.append(statement)
        row = msgspec.json.encode({"key": "t", "times": 4}).decode()
        return [
            {"place": place, "key": keys[0], "row": row} for place, keys in enumerate(arguments)
        ]


async def _applied(line: Line, *effects: Any, new: Collection[str] = ()) -> list[str]:
    together = Together(line, new=new)
    given = envelopes("t", CLOSED, CLOSED)
    await apply_all(together, effects, given)
    await together.send()
    return line.sent


async def test_what_is_looked_up_is_one_statement_and_what_is_written_another() -> None:
    line = Line()
    first = ProjectionRunner(Times("first", TicketClosed))
    second = ProjectionRunner(Times("second", TicketClosed))
    for runner in (first, second):  # what its table is like is asked once
        await runner.apply(Line(), envelopes("t", CLOSED))
    looked_up, written = await _applied(line, first, Noted(), second)
    assert looked_up.index("first_v1") < looked_up.index("second_v1")
    assert looked_up.count("FOR UPDATE") == 2
    assert [written.count(into) for into in ("first_v1 (", "noted", "second_v1 (")] == [1, 1, 1]
    assert line.arguments == ('[{"key":"t","times":6}]', 2, '[{"key":"t","times":6}]')


async def test_a_projection_that_no_event_concerns_costs_nothing() -> None:
    other = ProjectionRunner(Times("other", TicketReopened))
    assert await _applied(Line(), other) == []


async def test_nobody_looks_for_what_begins_in_the_transaction() -> None:
    runner = ProjectionRunner(Times("first", TicketClosed))
    (written,) = await _applied(Line(), runner, new=("t",))
    assert "INSERT INTO first_v1" in written
