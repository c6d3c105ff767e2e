"""Statements that wait for one another and go as one: what a batch writes is one round trip."""

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Any

# Where the others stand in the statement that they go with.
OTHERS = "/* others */"
_PARAMETER = re.compile(r"\$(\d+)")


First = tuple[str, tuple[object, ...]]
ALONE: First = (f"WITH nothing AS (SELECT){OTHERS} SELECT", ())


class Together:
    """A connection on which writing waits, for reading or for `send`; then it goes as one.

    first: a statement with a place for the others, and its arguments; None: there is none. What
    goes together sees nothing of one another, and PostgreSQL carries it out in an order of its
    own: so no two change one row. new: keys of what begins here, which nobody need look for.
    """

    def __init__(
        self, connection: Any, first: First | None = None, new: Collection[str] = ()
    ) -> None:
        self.new = new
        self._connection = connection
        self._first = first
        self._waiting: list[tuple[str, tuple[object, ...]]] = []

    async def fetch(self, statement: str, *arguments: object) -> Any:
        """Rows, after all that was written: tables are locked in the order in which they come."""
        await self.send()
        return await self._connection.fetch(statement, *arguments)

    async def execute(self, statement: str, *arguments: object) -> None:
        """Kept until `send`; one statement, without a WITH that writes."""
        self._waiting.append((statement, arguments))

    async def send(self) -> None:
        """All that waits, as one."""
        if self._first is None and not self._waiting:
            return
        statement, arguments = self._first or ALONE
        waiting, self._first, self._waiting = self._waiting, None, []
        whole = joined(statement, len(arguments), tuple(each for each, _ in waiting))
        more = (argument for _, given in waiting for argument in given)
        await self._connection.execute(whole, *arguments, *more)


@lru_cache(maxsize=256)
def joined(statement: str, parameters: int, others: tuple[str, ...]) -> str:
    """The others as CTEs of the statement, their parameters numbered on after its own."""
    parts, used = [], parameters
    for number, other in enumerate(others):
        numbers = [int(found) for found in _PARAMETER.findall(other)]
        moved = _PARAMETER.sub(lambda found, by=used: f"${int(found[1]) + by}", other)  # type: ignore[misc]
        parts.append(f", together_{number} AS ({moved})")
        used += max(numbers, default=0)
    return statement.replace(OTHERS, "".join(parts))
