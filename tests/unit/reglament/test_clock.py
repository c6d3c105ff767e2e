"""A process goes by its database's clock."""

from datetime import UTC, datetime, timedelta

import pytest

from reglament import clock

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


class Database:
    """Answers what time it is there."""

    def __init__(self, ahead: timedelta) -> None:
        self.ahead = ahead

    async def fetchval(self, _: str) -> datetime:
        return datetime.now(UTC) + self.ahead  # noqa: TID251 - the machine's own clock


@pytest.fixture(autouse=True)
def on_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_anchor", None)


def off(ahead: timedelta) -> timedelta:
    return abs(clock.now() - datetime.now(UTC) - ahead)  # noqa: TID251


async def test_without_a_database_it_is_the_machines_time() -> None:
    assert off(timedelta()) < SECOND


@pytest.mark.parametrize("ahead", [HOUR, -HOUR])
async def test_it_is_the_databases_time_however_the_machine_is_set(ahead: timedelta) -> None:
    await clock.follow(Database(ahead))
    assert off(ahead) < SECOND


async def test_it_moves_on_and_follows_a_database_that_moves() -> None:
    await clock.follow(Database(HOUR))
    before = clock.now()
    assert clock.now() > before
    await clock.follow(Database(-HOUR))
    assert off(-HOUR) < SECOND


async def test_a_difference_that_an_answer_may_make_moves_nothing() -> None:
    await clock.follow(Database(HOUR))
    anchor = clock._anchor
    await clock.follow(Database(HOUR + timedelta(milliseconds=5)))
    assert clock._anchor == anchor
