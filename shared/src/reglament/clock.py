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
# What a question may cost, and how far off we may be, before we set ourselves anew.
SLOW_ANSWER_SECONDS = 0.5
TOLERANCE = timedelta(milliseconds=20)
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
    asked = time.monotonic()
    at: datetime = await database.fetchval("SELECT clock_timestamp()")
    answered = time.monotonic()
    if _anchor is not None:
        off = abs(at - now())
        if answered - asked > SLOW_ANSWER_SECONDS or off < TOLERANCE:
            return
    _anchor = (at.astimezone(UTC), (asked + answered) / 2)
