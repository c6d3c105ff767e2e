"""How this desk works on a request, shown over REST and letters."""

import re
from datetime import timedelta

import pytest

from reglament_local.demo.system import Json
from tests.acceptance.desks.remsys.asking import SECOND
from tests.acceptance.rules.desk import DeskInUse
from tests.acceptance.rules.reading import instant

pytestmark = pytest.mark.acceptance


@pytest.mark.rule("REM-07", key=("routing[department=network]", "routing[department=servers]"))
@pytest.mark.parametrize(
    ("category", "department"), [("network", "network"), ("server", "servers"), ("advice", None)]
)
async def test_a_request_goes_to_the_department_of_its_category(
    desk: DeskInUse, category: str, department: str | None
) -> None:
    """Time of arrival is the message's receipt; its category chooses the department."""
    ticket = await desk.opened(category=category)
    assert ticket["department"] == department
    await desk.queued(ticket["id"])
    rows = (await desk.get(f"/desks/{desk.name}/queue?limit=100"))["items"]
    assert [row["department"] for row in rows if row["ticket"] == ticket["id"]] == [department]


@pytest.mark.rule("REM-08", key=("levels[name=L2]", "routing[department=servers]"))
async def test_creation_priority_and_work_by_engineer_and_level_are_recorded_and_shown(
    own_desk: DeskInUse,
) -> None:
    """A ticket shows its creation, its priority, and the time worked by engineer and level."""
    desk = own_desk
    ticket = await desk.opened(priority="urgent", category="server")
    assert (ticket["priority"], bool(ticket["opened_at"])) == ("urgent", True)
    await desk.queued(ticket["id"])
    first = await desk.engineer("first", "L1", languages=["ru"])
    second = await desk.engineer("second", "L2", **SECOND)
    await worked(desk, ticket["id"], first, "L1", 20)
    await desk.act(ticket["id"], "escalations", {"reason": "Нужен старший инженер"})
    await worked(desk, ticket["id"], second, "L2", 30, 5)
    requester = await desk.key_of("requester", desk.system.address("client"))
    shown = await desk.say("GET", f"/tickets/{ticket['id']}", key=requester)
    assert {(each["engineer"], each["level"], each["minutes"]) for each in shown["work"]} == {
        (first, "L1", 20),
        (second, "L2", 35),
    }
    assert {each["department"] for each in shown["work"]} == {"servers"}
    rows = [row["data"] for row in await desk.history(ticket["id"]) if row["type"] == "WorkLogged"]
    assert [row["minutes"] for row in rows] == [20, 30, 5]


async def worked(desk: DeskInUse, ticket: str, engineer: str, level: str, *minutes: int) -> None:
    """The engineer takes the level's ticket and says how long the work took."""

    async def at_level() -> Json | None:
        found = await desk.ticket(ticket)
        return found if (found["level"], found["assignee"]) == (level, engineer) else None

    assert await desk.claim(engineer) is not None
    await desk.system.until(at_level, f"the ticket at {level}")
    key = await desk.key_of("agent", engineer)
    for each in minutes:
        await desk.say("POST", f"/tickets/{ticket}/work", {"minutes": each}, key=key)


@pytest.mark.rule("REM-09", always="a ticket's history is its requester's, whatever the desk")
async def test_the_client_reads_the_whole_history_as_of_any_moment_without_notes(
    desk: DeskInUse,
) -> None:
    """The client reads the whole history, also as it stood at any moment; notes stay inside."""
    ticket = (await desk.opened())["id"]
    await desk.happened(ticket, "NotificationSent", "ClockStarted")
    note = {"body": "Похоже на ошибку клиента.", "visibility": "internal"}
    await desk.act(ticket, "messages", note)
    await desk.act(ticket, "messages", {"body": "Проверяем диск."})
    then = instant((await desk.event(ticket, "MessageAdded"))["recorded_at"])
    await desk.act(ticket, "priority", {"priority": "urgent", "reason": "Встала работа"})
    await desk.act(ticket, "resolution", {"text": "Диск заменён."})
    client = await desk.key_of("requester", desk.system.address("client"))

    async def read(path: str) -> Json:
        return await desk.say("GET", f"/tickets/{ticket}{path}", key=client)

    whole = (await read("/history?limit=100"))["items"]
    types = [row["type"] for row in whole]
    assert [each for each in ("TicketOpened", "PriorityChanged", "Resolved") if each in types] == [
        "TicketOpened",
        "PriorityChanged",
        "Resolved",
    ]
    as_of = then.isoformat().replace("+00:00", "Z")
    past = (await read(f"/history?limit=100&as_of={as_of}"))["items"]
    assert "MessageAdded" in {row["type"] for row in past}
    assert "PriorityChanged" not in {row["type"] for row in past}

    async def agree() -> bool:
        whole, past = [
            (await read(f"/history?limit=100{when}"))["items"] for when in ("", f"&as_of={as_of}")
        ]
        return bool([row for row in whole if instant(row["recorded_at"]) <= then] == past)

    await desk.system.until(agree, "the past read as of then to be the whole's beginning")
    assert ((await read(f"?as_of={as_of}"))["priority"], (await read(""))["priority"]) == (
        "normal",
        "urgent",
    )
    messages = (await read("/messages?limit=100"))["items"]
    assert "Проверяем диск." in str(messages)
    assert note["body"] not in str((messages, whole, past))
    assert note["body"] in str(await desk.get(f"/tickets/{ticket}/messages?limit=100"))
    stranger = await desk.key_of("requester", desk.system.address("stranger"))
    await desk.say("GET", f"/tickets/{ticket}/history", key=stranger, status=404)


@pytest.mark.rule("REM-09", key="notifications.hints[portal]")
async def test_the_confirmation_opens_the_history_to_the_client(desk: DeskInUse) -> None:
    ticket = await desk.opened()
    letter = await desk.writer().answered(ticket["number"])
    link = re.search(r"/portal/tickets/(\S+?)#token=(\S+)", letter.text)
    assert link is not None
    assert link[1] == ticket["id"]
    rows = await desk.say("GET", f"/tickets/{link[1]}/history", key=link[2])
    assert "TicketOpened" in {row["type"] for row in rows["items"]}


@pytest.mark.rule("REM-15", key=("request.labels.priority", "notifications.on[priority_changed]"))
async def test_the_client_chooses_the_priority_and_an_engineer_sets_the_real_one(
    desk: DeskInUse,
) -> None:
    """The client's priority holds until an engineer sets the real one, with a reason; the answer is
    due by that from the ticket's start, and the client is told.
    """
    anna = desk.writer("anna")
    letter = anna.letter("Сервер стоит", body="Сервер не отвечает.\nПриоритет: срочный\n")
    ticket = (await anna.sent(letter))["ticket"]
    before = await desk.clock_is(ticket, "first_response", "running")
    assert ((await desk.ticket(ticket))["priority"], before["within"]) == ("urgent", "2h")
    await desk.not_done(ticket, "priority", {"priority": "critical"})
    real = {"priority": "critical", "reason": "Теряются данные"}
    await desk.act(ticket, "priority", real)
    changed = await desk.event(ticket, "PriorityChanged")
    assert changed["actor"]["kind"] == "engineer"
    assert (changed["data"]["previous"], changed["data"]["priority"]) == ("urgent", "critical")
    after = await desk.clock_is(ticket, "first_response", "running", within="1h")
    assert after["started_at"] == before["started_at"]
    assert instant(after["due_at"]) - instant(after["started_at"]) == timedelta(hours=1)
    _, told = await anna.received(2)
    assert (await desk.ticket(ticket))["number"] in told.subject
    assert "критический" in told.text.lower()


@pytest.mark.rule("REM-15", always="who may set the priority is the contract's, not the desk's")
async def test_nobody_but_the_desk_sets_another_priority(desk: DeskInUse) -> None:
    ticket = (await desk.opened())["id"]
    client = await desk.key_of("requester", desk.system.address("client"))
    asked = {"priority": "critical", "reason": "Срочно"}
    await desk.say("POST", f"/tickets/{ticket}/priority", asked, key=client, status=403)
