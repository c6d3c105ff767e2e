"""The only place where the time of day enters.

A process that has a database goes by the database's clock: what two replicas write down, and
what SQL compares with `clock_timestamp()`, is then of one clock, however wrong a machine's own
is set (reliability b2 13).
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

Clock = Callable[[], datetime]
# Of so many answers the quickest is believed: by half of its way there and back we may be off.
ANSWERS = 5
TOLERANCE = timedelta(milliseconds=5)
_anchor: tuple[datetime, float] | None = None


def now() -> datetime:
    """The instant it is, in UTC."""
    if _anchor is None:
        return datetime.now(UTC)  # noqa: TID251 - this is the one place
    at, counter = _anchor
    return at + timedelta(seconds=time.monotonic() - counter)


async def follow(database: Any) -> None:
    """From now on `now()` is the database's time. database: a pool or a connection.

    Ask again now and then: counters drift, and a database may move to another machine.
    """
    global _anchor  # noqa: PLW0603 - a process has one time
    answers = [await _ask(database) for _ in range(ANSWERS)]
    at, counter, way = min(answers, key=lambda answer: answer[2])
    if _anchor is not None:
        expected = _anchor[0] + timedelta(seconds=counter - _anchor[1])
        if abs(at - expected) < TOLERANCE + timedelta(seconds=way / 2):
            return
    _anchor = (at, counter)


async def _ask(database: Any) -> tuple[datetime, float, float]:
    """The database's time, what our counter showed then, and seconds there and back."""
    asked = time.monotonic()
    at: datetime = await database.fetchval("SELECT clock_timestamp()")
    answered = time.monotonic()
    return at.astimezone(UTC), (asked + answered) / 2, answered - asked
