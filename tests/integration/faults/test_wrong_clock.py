"""The machine's clock is an hour wrong: every time and every timer is right (reliability b2 13).

A process goes by its database's clock; the machine's own enters at one place, which is moved here.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Self

import pytest

from reglament import clock
from reglament.ids import new_id
from sla_clock.timers import Timers
from tests.integration.faults.site import intake_site, published
from tests.integration.sla_clock.conftest import Clocked, author, opened
from tests.integration.sla_clock.conftest import clocked as clocked_fixture
from tests.support.stack import Databases

pytestmark = pytest.mark.integration
BREACHED = "ClockBreached first_response"
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
SOON = timedelta(seconds=30)  # a loaded machine's longest step


@pytest.fixture(params=[HOUR, -HOUR], ids=["an hour ahead", "an hour behind"], autouse=True)
def wrong(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[timedelta]:
    """The machine's clock as our code sees it."""
    by: timedelta = request.param

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            moment: Any = datetime.now(tz) + by  # noqa: TID251 - the true one, moved
            return moment  # type: ignore[no-any-return]

    monkeypatch.setattr(clock, "_anchor", None)
    monkeypatch.setattr(clock, "datetime", Wrong)
    assert abs(clock.now() - true_now() - by) < SECOND
    yield by
    monkeypatch.setattr(clock, "_anchor", None)


def true_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - what the wrong clock is compared with


clocked = clocked_fixture


async def test_a_ticket_is_opened_when_it_is_whatever_the_machine_says(
    postgres: Databases,
) -> None:
    async with intake_site(await postgres()) as site:
        before = true_now()
        answer = await site.open("one", await published(site))
        assert answer.status_code == 201, answer.text
        opened_at = datetime.fromisoformat(answer.json()["opened_at"])
        assert before - SECOND < opened_at < true_now() + SECOND


async def test_timers_fire_neither_early_nor_late(clocked: Clocked) -> None:
    async def breaches() -> dict[str, int]:
        timers = Timers(
            clocked.runtime.pool,
            clocked.runtime.extras["judging"],
            lambda: dict.fromkeys(range(12), clock.now()),
        )
        await timers.fire()
        types = {ticket: await clocked.types(ticket) for ticket in (due, ahead)}
        return {
            ticket: some.count("ClockBreached first_response") for ticket, some in types.items()
        }

    due, ahead = new_id(), new_id()
    # Promised within an hour: one is over since a second, the other has half an hour left.
    await clocked.feed(
        *author(due).history(opened(true_now() - HOUR - SECOND)),
        *author(ahead).history(opened(true_now() - HOUR / 2)),
    )
    assert await breaches() == {due: 1, ahead: 0}
    recorded = await clocked.runtime.pool.fetchval(
        "SELECT recorded_at FROM events WHERE type = 'ClockBreached'"
    )
    assert abs(recorded - true_now()) < SOON
