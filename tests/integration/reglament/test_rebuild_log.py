"""How far a rebuild is can be seen, and that it died."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from reglament import rebuild_log
from reglament.database import connect, migrate
from reglament.ids import new_id
from reglament.rebuild import Rebuilt
from reglament.rebuild_log import RebuildLog, Running
from reglament.rebuild_tables import Differing
from tests.support.stack import Databases

pytestmark = pytest.mark.integration
LONG_AGO = "UPDATE rebuilds SET updated_at = updated_at - interval '1 hour'"


@pytest.fixture
async def hands(postgres: Databases) -> AsyncIterator[tuple[Any, Any]]:
    dsn = await postgres()
    await migrate(dsn, ["reglament.eventstore.migrations"])
    one, other = await connect(dsn), await connect(dsn)
    yield one, other
    await one.close()
    await other.close()


async def begun(connection: Any) -> RebuildLog:
    identity = new_id()
    await rebuild_log.start(connection, identity, "history", accept=False, shown=3)
    return await RebuildLog.of(connection, identity)


async def phase(connection: Any, log: RebuildLog) -> str:
    row = await rebuild_log.read(connection, log.identity)
    assert row is not None
    return str(row["phase"])


async def test_a_rebuild_goes_through_its_phases_to_its_end(hands: tuple[Any, Any]) -> None:
    connection, _ = hands
    log = await begun(connection)
    assert (log.accept, log.shown, await phase(connection, log)) == (False, 3, "starting")
    await log.told("reading", 5, 10)
    row = await rebuild_log.read(connection, log.identity)
    assert row is not None
    assert (row["phase"], row["events"], row["total"]) == ("reading", 5, 10)
    differing = Differing(key="k", live=None, new={"a": "ы"})
    result = Rebuilt(
        table="t", events=10, rows=4, live_hash="x", new_hash="y", differing=(differing,)
    )
    await log.end(result)
    await rebuild_log.fail(connection, log.identity, "too late")
    row = await rebuild_log.read(connection, log.identity)
    assert row is not None
    assert (row["phase"], row["fault"], row["result"]["is_same"]) == ("different", None, False)
    assert row["result"]["differing"] == [{"key": "k", "live": None, "new": {"a": "ы"}}]


async def test_one_that_died_is_interrupted_and_one_that_is_only_slow_is_not(
    hands: tuple[Any, Any],
) -> None:
    connection, builder = hands
    log = await begun(connection)
    await rebuild_log.lock(builder, "history")
    await connection.execute(LONG_AGO)
    assert await phase(connection, log) == "starting"
    await builder.execute("SELECT pg_advisory_unlock_all()")
    assert await phase(connection, log) == "interrupted"


async def test_only_one_builds_a_projection_at_a_time(hands: tuple[Any, Any]) -> None:
    connection, builder = hands
    await rebuild_log.lock(builder, "history")
    assert await rebuild_log.is_held(connection, "history")
    assert not await rebuild_log.is_held(connection, "ticket_view")
    with pytest.raises(Running):
        await rebuild_log.lock(connection, "history")
    await rebuild_log.lock(connection, "ticket_view")


async def test_a_rebuild_that_nobody_asked_for_is_none(hands: tuple[Any, Any]) -> None:
    connection, _ = hands
    assert await rebuild_log.read(connection, new_id()) is None
    with pytest.raises(LookupError):
        await RebuildLog.of(connection, new_id())
