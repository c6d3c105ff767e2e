"""Who may do what at this desk, level by level, shown over REST and letters."""

from datetime import timedelta
from typing import Any

import pytest

from reglament.clock import now
from reglament_local.demo.system import Json
from tests.acceptance.desks.remsys.asking import BOTH, SECOND, THIRD, came
from tests.acceptance.rules.desk import DeskInUse, broken

pytestmark = pytest.mark.acceptance


@pytest.mark.rule("REM-02", key=("levels[name=L1]", "levels[name=L2]", "levels[name=L3]"))
async def test_each_of_three_levels_has_its_queue_and_its_engineers(own_desk: DeskInUse) -> None:
    """L1, L2 and L3 each have their own queue, out of which their own engineers take."""
    desk = own_desk
    tickets = {level: (await desk.opened())["id"] for level in ("L1", "L2", "L3")}
    await desk.queued(*tickets.values())
    for level, steps in (("L2", 1), ("L3", 2)):
        for _ in range(steps):
            await desk.act(tickets[level], "escalations", {"reason": "Не решено на уровне"})
    for level, ticket in tickets.items():
        rows = (await desk.get(f"/desks/{desk.name}/queue?level={level}"))["items"]
        assert [row["ticket"] for row in rows] == [ticket]
    for level, more in (("L1", {"languages": ["ru"]}), ("L2", SECOND), ("L3", THIRD)):
        engineer = await desk.engineer(f"of-{level.lower()}", level, **more)
        taken = await desk.claim(engineer)
        assert taken is not None
        assert (taken["ticket"], taken["level"]) == (tickets[level], level)
        shown = await desk.status(tickets[level], "in_progress")
        assert (shown["assignee"], shown["level"]) == (engineer, level)
        assert await desk.claim(engineer) is None


@pytest.mark.rule("REM-03", key=("levels[name=L2]", "levels[name=L3]"))
async def test_an_engineer_escalates_one_level_at_a_time_up_to_the_top(
    own_desk: DeskInUse,
) -> None:
    """By an engineer's request or by the clock, one level at a time to the top; each is said."""
    desk, ticket = own_desk, (await own_desk.opened())["id"]
    await desk.queued(ticket)
    first = await desk.engineer("first", "L1", languages=["ru"])
    assert await desk.claim(first) is not None
    too_far = await desk.not_done(ticket, "escalations", {"reason": "Сложно", "to": "L3"})
    assert broken(too_far) == {"one-level-at-a-time"}
    for _ in range(2):
        taken = await desk.act(ticket, "escalations", {"reason": "Нужен старший инженер"})
        assert taken["engineer"] is None
    assert broken(await desk.not_done(ticket, "escalations", {"reason": "Ещё"})) == {
        "no-higher-level"
    }
    assert await escalations(desk, ticket, 2) == [
        ("Escalated", "L1", "L2", "request", None, None),
        ("Escalated", "L2", "L3", "request", None, None),
    ]
    said = [row for row in await desk.happened(ticket, "Escalated") if row["type"] == "Escalated"]
    assert {row["actor"]["kind"] for row in said} == {"engineer"}


async def escalations(desk: DeskInUse, ticket: str, count: int) -> list[tuple[Any, ...]]:
    """What the ticket's escalations say, once there are so many, in their order."""

    async def look() -> list[Json] | None:
        items = (await desk.get(f"/tickets/{ticket}/escalations"))["items"]
        return items if len(items) >= count else None

    await desk.happened(ticket, "Queued")
    named = ("type", "from_level", "to_level", "cause", "metric", "step")
    found = await desk.system.until(look, f"{count} escalations")
    return [tuple(each.get(name) for name in named) for each in found]


@pytest.mark.rule("REM-03", key="escalation[on=at_risk,metric=first_response]")
async def test_a_first_answer_at_risk_goes_one_level_up(desk: DeskInUse) -> None:
    ticket = await came(desk, timedelta(minutes=55), priority="critical")
    up = ("Escalated", "L1", "L2", "clock", "first_response", "90")
    assert await escalations(desk, ticket, 1) == [up]
    assert (await desk.event(ticket, "Escalated"))["actor"]["kind"] == "system"


@pytest.mark.rule(
    "REM-03",
    key=("escalation[on=breached,metric=first_response]", "escalation[on=breached,metric=update]"),
)
async def test_the_clock_goes_on_to_the_top_and_says_that_there_is_none_higher(
    desk: DeskInUse,
) -> None:
    ticket = await came(desk, timedelta(hours=25), priority="critical")
    assert await escalations(desk, ticket, 3) == [
        ("Escalated", "L1", "L2", "clock", "first_response", "90"),
        ("Escalated", "L2", "L3", "clock", "first_response", "breached"),
        ("EscalationExhausted", None, None, None, "update", "breached"),
    ]


@pytest.mark.rule(
    "REM-05",
    key=("levels[name=L2].languages", "levels[name=L2].qualifications", "levels[name=L2].served"),
)
@pytest.mark.parametrize(
    ("lacking", "rule"),
    [
        ({"languages": ["ru"]}, "language-missing"),
        ({"languages": ["en"]}, "language-missing"),
        ({"qualifications": ["procedures"]}, "qualification-missing"),
        ({"qualifications": ["exam_l2"]}, "qualification-missing"),
        ({"since": f"{now():%Y-%m-%d}"}, "served-too-short"),
        ({"since": None}, "served-too-short"),
    ],
)
async def test_promotion_without_what_the_level_demands_is_refused(
    desk: DeskInUse, lacking: Json, rule: str
) -> None:
    """A higher level needs time served, procedures, Russian and English, and its exam."""
    who = await desk.engineer("ivan", "L1", languages=["ru"])
    path = f"/desks/{desk.name}/engineers/{who}"
    asked = {
        "name": "Иван",
        "email": desk.system.address("ivan"),
        "level": "L2",
        "since": "2024-01-15",
    }
    key = desk.system.key(desk.name, "admin")
    refused = await desk.say("PUT", path, asked | SECOND | lacking, key=key, status=422)
    assert refused["type"].endswith("not-qualified")
    assert broken(refused) == {rule}
    assert (await desk.get(path))["level"] == "L1"
    assert (await desk.say("PUT", path, asked | SECOND, key=key))["level"] == "L2"


@pytest.mark.rule("REM-05", key=("levels[name=L3].qualifications", "levels[name=L3].served"))
async def test_each_level_has_an_exam_and_a_time_of_its_own(desk: DeskInUse) -> None:
    since = f"{now() - timedelta(days=200):%Y-%m-%d}"
    who = await desk.engineer("olga", "L2", **SECOND, since=since)
    path = f"/desks/{desk.name}/engineers/{who}"
    asked = {"name": "Ольга", "email": desk.system.address("olga"), "level": "L3", "since": since}
    key = desk.system.key(desk.name, "admin")
    refused = await desk.say("PUT", path, asked | SECOND, key=key, status=422)
    assert broken(refused) == {"qualification-missing", "served-too-short"}


@pytest.mark.rule("REM-05", key=("levels[name=L2]", "levels[name=L2].languages"))
async def test_only_a_qualified_engineer_takes_a_levels_ticket(own_desk: DeskInUse) -> None:
    desk, ticket = own_desk, (await own_desk.opened())["id"]
    await desk.queued(ticket)
    await desk.act(ticket, "escalations", {"reason": "Не решено на первом уровне"})
    low = await desk.engineer("low", "L1", languages=BOTH)
    claim = {"engineer": low, "level": "L2"}
    key = desk.system.key(desk.name, "agent")
    path = f"/desks/{desk.name}/queue/claims"
    assert broken(await desk.say("POST", path, claim, key=key, status=422)) == {"level-too-low"}
    given = await desk.not_done(ticket, "assignment", {"engineer": low})
    assert broken(given) == {"level-too-low"}
    demands = (await desk.get(f"/desks/{desk.name}/policy"))["policy"]["levels"][1]["languages"]
    assert demands == BOTH
    high = await desk.engineer("high", "L2", **SECOND)
    assert (await desk.claim(high) or {}).get("ticket") == ticket
