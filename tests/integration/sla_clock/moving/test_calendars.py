"""Newer holidays: new tickets go by them, live ones only when they are moved (semantics 6)."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from reglament import clock
from reglament.calendars import holidays
from reglament.events import sla
from reglament.instants import rfc3339
from sla_clock.app import create_app
from sla_clock.moving.carrying import carry
from tests.integration.sla_clock.conftest import POLICY, Clocked, opened, settings_for
from tests.support.feeding import publish
from tests.support.holidays import release, shipped
from tests.support.stack import Databases

pytestmark = pytest.mark.integration
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
EVERY_DAY = {"hours": "24x7", "holidays": "GB"}
TARGETS = [{"metric": "handling", "within": "240h", "calendar": "open", "at_risk": []}]
RULES = {**POLICY, "calendars": {"open": EVERY_DAY}, "sla": {"targets": TARGETS}}
MOVES = "/desks/north/migrations"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where this release's holidays stand, and the next one's may."""
    with shipped(tmp_path):
        yield tmp_path


@asynccontextmanager
async def started(database: str) -> AsyncIterator[Clocked]:
    app = create_app(settings_for(database))
    async with app.router.lifespan_context(app):
        await publish(app.state.runtime, RULES)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://sla") as client:
            yield Clocked(runtime=app.state.runtime, client=client)


async def sla_of(clocked: Clocked, ticket: str) -> dict[str, Any]:
    found: dict[str, Any] = (await clocked.call("GET", f"/tickets/{ticket}/sla?locale=en")).json()
    return found


async def due(clocked: Clocked, ticket: str) -> str:
    return str((await sla_of(clocked, ticket))["targets"][0]["due_at"])


async def carried(clocked: Clocked) -> None:
    while await carry(clocked.runtime.pool, clocked.runtime.extras["judging"]):
        pass


def ordinary(now: datetime) -> datetime:
    """A day within the next ten that is no holiday yet."""
    days = holidays.regional_holidays("GB").holidays
    return next(now + n * DAY for n in (3, 4, 5) if (now + n * DAY).date() not in days)


async def test_a_live_ticket_keeps_its_due_time_until_it_is_moved_and_says_why_it_moved(
    postgres: Databases, folder: Path
) -> None:
    database, now = await postgres(), clock.now()
    async with started(database) as clocked:
        before = await clocked.tell(opened(now - HOUR))
        said = await due(clocked, before)
    release(folder, "GB", ordinary(now).date())
    async with started(database) as clocked:
        after = await clocked.tell(opened(now - HOUR, number="N-2"))
        assert await due(clocked, before) == said
        moved_to = rfc3339(datetime.fromisoformat(said) + DAY)
        fresh = clock.now()
        late = await clocked.tell(opened(fresh))
        assert await due(clocked, late) == rfc3339(fresh + 11 * DAY)

        answer = await clocked.call("POST", MOVES, {"calendars": True, "dry_run": True})
        changed = {one["ticket"]: one for one in answer.json()["items"]}
        assert set(changed) == {before} | ({after} & set(changed))
        assert (changed[before]["was_due_at"], changed[before]["due_at"]) == (said, moved_to)
        assert (changed[before]["from_version"], changed[before]["to_version"]) == (1, 1)

        await clocked.call("POST", MOVES, {"calendars": True})
        await carried(clocked)
        assert await due(clocked, before) == moved_to
        events = [one.event for one in await clocked.said(before)]
        (move,) = [one for one in events if isinstance(one, sla.ClocksMigrated)]
        edition = holidays.newest_edition("GB")
        assert (move.previous, move.version, move.calendars) == (1, 1, {"GB": edition})
        (shift,) = [one for one in events if isinstance(one, sla.ClockRescheduled)]
        assert (shift.cause, rfc3339(shift.due_at or now)) == ("calendar", moved_to)
        assert f"GB.v{edition}" in str(shift.calendar_version)
        texts = [one["text"] for one in (await sla_of(clocked, before))["segments"]]
        assert any("the holidays changed" in text for text in texts)


async def test_moved_once_there_is_nothing_more_to_move(postgres: Databases, folder: Path) -> None:
    database, now = await postgres(), clock.now()
    async with started(database) as clocked:
        ticket = await clocked.tell(opened(now))
    release(folder, "GB", ordinary(now).date())
    async with started(database) as clocked:
        for moved in (1, 0):
            answer = await clocked.call("POST", MOVES, {"calendars": True})
            await carried(clocked)
            path = answer.headers["location"].removeprefix("/v1")
            assert (await clocked.call("GET", path)).json()["moved"] == moved
        assert (await clocked.types(ticket)).count("ClocksMigrated ") == 1


async def test_a_move_to_another_version_keeps_the_holidays_unless_they_are_asked_for(
    postgres: Databases, folder: Path
) -> None:
    database, now = await postgres(), clock.now()
    async with started(database) as clocked:
        ticket = await clocked.tell(opened(now))
    release(folder, "GB", ordinary(now).date())
    async with started(database) as clocked:
        longer = [{**TARGETS[0], "within": "264h"}]
        await publish(clocked.runtime, {**RULES, "sla": {"targets": longer}}, 2)
        for body, days in (({"to": 2}, 11), ({"calendars": True}, 12)):
            await clocked.call("POST", MOVES, body)
            await carried(clocked)
            assert await due(clocked, ticket) == rfc3339(now + days * DAY)
        causes = [
            one.event.cause
            for one in await clocked.said(ticket)
            if isinstance(one.event, sla.ClockRescheduled)
        ]
        assert causes == ["policy", "calendar"]


async def test_nothing_asked_is_refused(postgres: Databases) -> None:
    async with started(await postgres()) as clocked:
        answer = await clocked.call("POST", MOVES, {})
        assert (answer.status_code, answer.json()["violations"][0]["rule"]) == (
            422,
            "nothing-asked",
        )


async def test_another_tz_database_looks_at_every_live_ticket_again(postgres: Databases) -> None:
    database = await postgres()
    async with started(database) as clocked:
        ticket = await clocked.tell(opened(clock.now()))
        await clocked.runtime.pool.execute(
            "UPDATE calendar_editions SET edition = '1999a' WHERE name = 'tz'"
        )
        await clocked.runtime.pool.execute(MOVED_DUE, ticket)
    async with started(database) as clocked:
        await carried(clocked)
        row = await clocked.runtime.pool.fetchrow("SELECT state, version FROM policy_moves")
        assert (row["state"], row["version"]) == ("done", None)
        looked = await clocked.runtime.pool.fetchval(LOOKED, ticket)
        assert looked > datetime(2020, 1, 1, tzinfo=UTC)


MOVED_DUE = "UPDATE timers SET judged_at = '-infinity' WHERE ticket = $1"
LOOKED = "SELECT nullif(judged_at, '-infinity') FROM timers WHERE ticket = $1"
