"""A process goes by its database's clock."""

import asyncio
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
    await clock.follow(Database(HOUR + timedelta(milliseconds=2)))
    assert clock._anchor == anchor


class BusyDatabase(Database):
    """Its answers are long on their way, but for the third."""

    def __init__(self, ahead: timedelta) -> None:
        super().__init__(ahead)
        self.asked = 0

    async def fetchval(self, _: str) -> datetime:
        at = await super().fetchval(_)
        self.asked += 1
        if self.asked != 3:
            await asyncio.sleep(0.2)
        return at


async def test_the_quickest_of_a_few_answers_is_believed() -> None:
    await clock.follow(BusyDatabase(HOUR))
    assert off(HOUR) < timedelta(milliseconds=80)
