"""How this desk works on a request, shown over REST and letters."""

import pytest

from tests.acceptance.rules.desk import DeskInUse, broken

pytestmark = pytest.mark.acceptance

REASONS = (
    "order_broken",
    "contract_broken",
    "information_missing",
    "not_understood",
    "offensive",
    "outside_competence",
)


@pytest.mark.rule("MIC-06", key="departments")
async def test_a_ticket_is_handed_to_a_department_and_back(own_desk: DeskInUse) -> None:
    """A ticket goes to a named department and back; history and work time show each stay."""
    desk, ticket = own_desk, (await own_desk.opened())["id"]
    await desk.happened(ticket, "Queued")  # so that all work is logged at one level
    stations: tuple[str | None, ...] = (None, "development", None)
    for minutes, department in enumerate(stations, start=1):
        if minutes > 1:
            moved = await desk.act(ticket, "handover", {"department": department})
            assert moved["department"] == department
        await desk.act(ticket, "work", {"minutes": 10 * minutes})
    shown = await desk.ticket(ticket)
    stays = [(each["department"], each["minutes"]) for each in shown["stays"]]
    assert stays == [(None, 10), ("development", 20), (None, 30)]
    assert [each["until"] is None for each in shown["stays"]] == [False, False, True]
    worked = {(each["department"], each["minutes"]) for each in shown["work"]}
    assert worked == {(None, 40), ("development", 20)}
    rows = [row["data"] for row in await desk.history(ticket) if row["type"] == "HandedOver"]
    assert [row.get("department") for row in rows] == ["development", None]
    problem = await desk.not_done(ticket, "handover", {"department": "sales"})
    assert broken(problem) == {"department-unknown"}


@pytest.mark.rule("MIC-14", key="reasons.deferral")
async def test_a_request_is_put_off_for_one_of_six_reasons_only(desk: DeskInUse) -> None:
    """A request is put off, or not solved, for one of six reasons; any other is refused."""
    await desk.is_put_off_for((await desk.opened())["id"], REASONS)


@pytest.mark.rule("MIC-14", key="reasons.refusal=[]")
async def test_a_request_is_refused_for_one_of_six_reasons_only(desk: DeskInUse) -> None:
    for turn, reason in enumerate(REASONS):
        ticket = (await desk.opened(subject=f"Пустой список каналов {turn}"))["id"]
        await desk.is_refused_for(ticket, reason)
