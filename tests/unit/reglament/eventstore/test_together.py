"""What waits goes with the statement that has a place for it, each with its own parameters."""

from typing import Any

from reglament.eventstore.together import OTHERS, Together


class Line:
    """A connection that notes what it is sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, tuple[object, ...]]] = []

    async def execute(self, statement: str, *arguments: object) -> None:
        self.sent.append((statement, arguments))

    async def fetch(self, statement: str, *arguments: object) -> Any:
        self.sent.append((statement, arguments))
        return ["row"]


async def test_what_waits_is_sent_once_with_its_parameters_numbered_on() -> None:
    line = Line()
    together = Together(line, (f"WITH x AS (y $2){OTHERS} z $1", (1, 2)))
    await together.execute("INSERT INTO a SELECT $1, $2, $1", 3, 4)
    await together.execute("DELETE FROM b WHERE c = $1", 5)
    assert line.sent == []
    await together.send()
    assert line.sent == [
        (
            "WITH x AS (y $2), together_0 AS (INSERT INTO a SELECT $3, $4, $3),"
            " together_1 AS (DELETE FROM b WHERE c = $5) z $1",
            (1, 2, 3, 4, 5),
        )
    ]


async def test_what_is_read_comes_after_what_was_written_before() -> None:
    line = Line()
    together = Together(line, (f"WITH x AS (y){OTHERS} z", ()))
    await together.execute("INSERT $1", 1)
    assert await together.fetch("SELECT $1", 2) == ["row"]
    await together.execute("UPDATE $1", 3)
    await together.send()
    await together.send()
    assert line.sent == [
        ("WITH x AS (y), together_0 AS (INSERT $1) z", (1,)),
        ("SELECT $1", (2,)),
        ("WITH nothing AS (SELECT), together_0 AS (UPDATE $1) SELECT", (3,)),
    ]


async def test_with_nothing_waiting_the_statement_goes_alone() -> None:
    line = Line()
    await Together(line, (f"WITH x AS (y){OTHERS} z", ())).send()
    assert line.sent == [("WITH x AS (y) z", ())]
