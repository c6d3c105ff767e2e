"""Temporary access: sealed, read by the assigned engineer alone, gone when the ticket ends."""

import pytest

from reglament import clock
from reglament.events.escalations import Assigned
from reglament.testing import SYSTEM, Author
from tests.integration.intake.conftest import Intake

pytestmark = pytest.mark.integration
ACCESS = {"access": {"login": "admin", "password": "canary-of-the-sealed-store"}}


async def lent(intake: Intake) -> str:
    """A ticket that has access lent for it, and engineer e1."""
    ticket: str = (await intake.open(key="ann"))["id"]
    at = clock.now()
    escalation = Author(
        source="/reglament/escalation", subject=ticket, desk="north", recorded_at=at
    )
    assigned = Assigned(at=at, actor=SYSTEM, engineer="e1", level="L1", because="claim")
    await intake.feed(*escalation.history(assigned))
    answer = await intake.call("PUT", f"/tickets/{ticket}/credentials", ACCESS, key="ann")
    assert answer.status_code == 200, answer.text
    assert answer.json()["credentials"] is not None
    return ticket


@pytest.mark.rule("WIS-13")
async def test_only_the_assigned_engineer_reads_it_and_each_reading_is_in_the_history(
    intake: Intake,
) -> None:
    ticket = await lent(intake)
    await intake.issue("other", role="agent", desk="north", subject="e2")
    path = f"/tickets/{ticket}/credentials"
    read = await intake.call("GET", path)
    assert (read.status_code, read.json()) == (200, ACCESS)
    assert read.headers["Cache-Control"] == "no-store"
    for key, status in (("other", 403), ("ann", 403), ("integrator", 403), ("stranger", 404)):
        assert (await intake.call("GET", path, key=key)).status_code == status
    assert (await intake.get(path)) == ACCESS
    history = (await intake.get(f"/tickets/{ticket}/history", key="ann"))["items"]
    readings = [row["actor"]["id"] for row in history if row["type"] == "CredentialsRead"]
    assert readings == ["e1", "e1"]


@pytest.mark.rule("WIS-13")
async def test_a_reading_under_the_same_key_is_one_more_in_the_history(intake: Intake) -> None:
    ticket = await lent(intake)
    for _ in range(2):
        read = await intake.call("GET", f"/tickets/{ticket}/credentials", Idempotency_Key="k")
        assert read.json() == ACCESS
    assert (await intake.types(ticket)).count("CredentialsRead") == 2


@pytest.mark.rule("WIS-13")
async def test_nothing_that_the_database_holds_shows_it(intake: Intake) -> None:
    await lent(intake)
    tables = await intake.runtime.pool.fetch(
        "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'"
    )
    for table in tables:
        query = f"SELECT t::text AS row FROM {table['name']} t"  # noqa: S608 - catalogue names
        rows = await intake.runtime.pool.fetch(query)
        assert not any("canary-of-the-sealed-store" in row["row"] for row in rows), table


@pytest.mark.rule("WIS-14")
@pytest.mark.parametrize(
    ("how", "body"), [("closure", {}), ("refusal", {"reason": "abuse"})], ids=["closed", "refused"]
)
async def test_the_tickets_end_erases_it(intake: Intake, how: str, body: dict[str, str]) -> None:
    ticket = await lent(intake)
    assert (await intake.act(ticket, how, body))["credentials"] is None
    assert (await intake.types(ticket))[-1] == "CredentialsErased"
    assert await intake.runtime.pool.fetchval("SELECT count(*) FROM credentials") == 0
    assert (await intake.call("GET", f"/tickets/{ticket}/credentials")).status_code == 404
    late = await intake.call("PUT", f"/tickets/{ticket}/credentials", ACCESS, key="ann")
    assert late.status_code == 422


async def test_it_can_be_replaced_and_taken_back(intake: Intake) -> None:
    ticket = await lent(intake)
    path = f"/tickets/{ticket}/credentials"
    other = {"access": {"token": "t"}}
    await intake.call("PUT", path, other, key="ann")
    assert await intake.get(path) == other
    assert (await intake.call("DELETE", path, key="ann")).json()["credentials"] is None
    assert (await intake.call("GET", path)).status_code == 404
    erased = [
        row["data"]["because"]
        for row in (await intake.get(f"/tickets/{ticket}/history"))["items"]
        if row["type"] == "CredentialsErased"
    ]
    assert erased == ["replaced", "withdrawn"]
