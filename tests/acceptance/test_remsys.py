"""What this desk promises and demands, shown over REST and letters."""

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reglament.clock import now
from reglament_local.demo.system import Json
from tests.acceptance.rules.desk import DeskInUse, Publishing, broken

pytestmark = pytest.mark.acceptance

MOSCOW = ZoneInfo("Europe/Moscow")
REQUEST: dict[str, Any] = {
    "channel": "web",
    "subject": "Сервер базы данных не отвечает",
    "description": "С утра приложение не может подключиться к базе.",
    "priority": "normal",
    "requester": {"name": "Анна Петрова", "locale": "ru"},
}
FORM = "https://remsys.example/support"
BOTH = ["ru", "en"]
SECOND: dict[str, Any] = {"languages": BOTH, "qualifications": ["procedures", "exam_l2"]}
THIRD: dict[str, Any] = {"languages": BOTH, "qualifications": ["procedures", "exam_l3"]}


@pytest.fixture
async def desk(publish: Publishing) -> DeskInUse:
    """The desk, shared by these tests."""
    return await publish("remsys", REQUEST)


@pytest.fixture
async def own_desk(publish: Publishing) -> DeskInUse:
    """The desk with queues that no other test fills."""
    return await publish("remsys", REQUEST, alone=True)


def instant(written: str) -> datetime:
    """An answer's instant."""
    return datetime.fromisoformat(written)


async def came(desk: DeskInUse, ago: timedelta, **changes: object) -> str:
    """A ticket of a request that came so long ago, entered by an agent."""
    at = (now() - ago).isoformat()
    return str((await desk.opened(role="agent", received_at=at, **changes))["id"])


async def first_answer_within(desk: DeskInUse, priority: str, hours: int) -> None:
    """So long after the request came, at whatever hour of whatever day that was."""
    saturday_night = datetime(2026, 11, 21, 23, 30, tzinfo=MOSCOW)
    new_year = datetime(2027, 1, 1, 0, 1, tzinfo=MOSCOW)
    for at in (saturday_night, new_year):
        asked = {
            "desk": desk.name,
            "ticket": {"priority": priority, "channel": "web"},
            "events": [{"type": "TicketOpened", "at": at.isoformat()}],
            "as_of": (at + timedelta(minutes=1)).isoformat(),
        }
        key = desk.system.key(desk.name, "agent")
        told = (await desk.say("POST", "/sla/previews", asked, key=key))["targets"]
        (clock,) = (each for each in told if each["metric"] == "first_response")
        assert instant(clock["due_at"]) - at == timedelta(hours=hours), clock
    ticket = (await desk.opened(priority=priority))["id"]
    clock = await desk.clock_is(ticket, "first_response", "running")
    assert instant(clock["due_at"]) - instant(clock["started_at"]) == timedelta(hours=hours)


@pytest.mark.rule("REM-01", key="calendars.always.hours={mon-fri: [10:00-18:00]}")
async def test_every_clock_runs_at_night_on_sundays_and_on_holidays(desk: DeskInUse) -> None:
    """Clocks run round the clock: of a holiday's night every second counts."""
    at = datetime(2027, 1, 1, 0, 1, tzinfo=MOSCOW)
    asked = {
        "desk": desk.name,
        "ticket": {"priority": "low", "channel": "web"},
        "events": [{"type": "TicketOpened", "at": at.isoformat()}],
        "as_of": (at + timedelta(hours=20)).isoformat(),
    }
    key = desk.system.key(desk.name, "agent")
    told = await desk.say("POST", "/sla/previews", asked, key=key)
    assert {each["metric"] for each in told["targets"]} == {"first_response", "update"}
    assert {each["elapsed_seconds"] for each in told["targets"]} == {20 * 3600}
    assert all(each["counted"] for each in told["segments"])


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
    "REM-04", key=("sla.targets[metric=update]", "calendars.always.hours={mon-fri: [10:00-18:00]}")
)
async def test_silence_toward_the_client_is_at_risk_and_then_breached(desk: DeskInUse) -> None:
    """Silence toward the client for longer than a day is at risk, then breached; news end it."""
    ticket = await came(desk, timedelta(hours=25))
    silent = await desk.clock_is(ticket, "update", "breached")
    assert instant(silent["due_at"] or silent["breached_at"]) - instant(
        silent["started_at"]
    ) == timedelta(hours=24)
    rows = await desk.happened(ticket, "ClockAtRisk", "ClockBreached")
    steps = [
        (row["type"], row["data"].get("step"))
        for row in rows
        if row["type"] in {"ClockAtRisk", "ClockBreached"} and row["data"]["metric"] == "update"
    ]
    assert steps == [
        ("ClockAtRisk", "50"),
        ("ClockAtRisk", "75"),
        ("ClockAtRisk", "90"),
        ("ClockBreached", None),
    ]
    await desk.act(ticket, "messages", {"body": "Меняем диск, готово будет утром."})
    going_on = await desk.clock_is(ticket, "update", "running")
    assert going_on["cycle"] == silent["cycle"] + 1


@pytest.mark.rule("REM-04", key="sla.targets[metric=update]")
async def test_notes_inside_the_desk_are_no_news_to_the_client(desk: DeskInUse) -> None:
    ticket = await came(desk, timedelta(hours=20))
    before = await desk.clock_is(ticket, "update", "running")
    note = {"body": "Смотрю журналы.", "visibility": "internal"}
    await desk.act(ticket, "messages", note)
    await desk.act(ticket, "messages", {"body": "Смотрим журналы."})

    async def is_mailed() -> bool:
        sent = [r["data"] for r in await desk.history(ticket) if r["type"] == "NotificationSent"]
        return "message" in {each["template"] for each in sent}

    await desk.system.until(is_mailed, "the answer's letter")  # which is no news once more
    rows = await desk.happened(ticket, "ClockMet")
    met = [row["data"] for row in rows if row["type"] == "ClockMet"]
    cycles = [each.get("cycle", 1) for each in met if each["metric"] == "update"]
    assert cycles == [before["cycle"]]


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


@pytest.mark.rule("REM-06", key=("channels.web", "channels.email", "notifications.hints[web_form]"))
async def test_both_form_and_letter_register_and_the_confirmation_recommends_the_form(
    desk: DeskInUse,
) -> None:
    """The web form and e-mail register; the letter's confirmation recommends the form."""
    assert (await desk.opened(channel="web"))["status"] in {"registered", "accepted"}
    anna = desk.writer("anna")
    letter = anna.letter("Не открывается почта")
    fate = await anna.sent(letter)
    assert fate["outcome"] == "ticket"
    ticket = await desk.ticket(fate["ticket"])
    assert ticket["channel"] == "email"
    assert FORM in (await anna.answered(ticket["number"])).text


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


@pytest.mark.rule("REM-07", always="every letter's time is when the mail server took it")
async def test_a_letter_arrived_when_the_mail_server_took_it(desk: DeskInUse) -> None:
    anna = desk.writer("anna")
    taken = now() - timedelta(minutes=20)
    letter = anna.letter("Почта не отправляется")
    await desk.system.post.received_at(letter, desk.mailbox, taken)
    (fate,) = await anna.fates(letter)
    ticket = await desk.ticket(fate["ticket"])
    assert abs(instant(ticket["arrived_at"]) - taken) <= timedelta(seconds=1)  # IMAP's precision
    clock = await desk.clock_is(ticket["id"], "first_response", "running")
    assert clock["started_at"] == ticket["arrived_at"]
    opened = await desk.event(ticket["id"], "TicketOpened")
    assert instant(opened["recorded_at"]) > taken + timedelta(minutes=19)


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


@pytest.mark.rule(
    "REM-10",
    key=(
        "channels.chat",
        "channels.messenger",
        "channels.phone",
        "channels.chat.accept=always",
        "channels.messenger.accept=always",
        "channels.phone.accept=always",
        "channels.web.preferred",
        "contacts.web",
    ),
)
@pytest.mark.parametrize("channel", ["chat", "messenger", "phone"])
async def test_talk_needs_a_ticket_and_without_one_is_told_the_way_to_one(
    desk: DeskInUse, channel: str
) -> None:
    """Chat, phone and messenger add to a ticket; without one it is said how to open one."""
    refused = await desk.refused(role="agent", channel=channel)
    assert refused["type"].endswith("channel-not-accepted")
    assert broken(refused) == {"channel-needs-ticket"}
    assert refused["violations"][0]["detail"].startswith(f"web ({FORM})")


@pytest.mark.rule("REM-10", key=("channels.chat", "channels.messenger"))
@pytest.mark.parametrize("channel", ["chat", "messenger"])
async def test_talk_about_a_ticket_joins_it(desk: DeskInUse, channel: str) -> None:
    ticket = (await desk.opened())["id"]
    client = await desk.key_of("requester", desk.system.address("client"))
    said = {"body": "Есть новости?", "channel": channel}
    await desk.say("POST", f"/tickets/{ticket}/messages", said, key=client)
    added = await desk.event(ticket, "MessageAdded")
    assert (added["data"]["channel"], added["data"]["author_kind"]) == (channel, "requester")


@pytest.mark.rule("REM-10", always="what the desk's own people enter is not judged")
async def test_a_call_about_a_ticket_is_logged_on_it_by_an_agent(desk: DeskInUse) -> None:
    ticket = (await desk.opened())["id"]
    said = {"body": "Клиент звонил: работает.", "channel": "phone"}
    await desk.act(ticket, "messages", said)
    assert (await desk.event(ticket, "MessageAdded"))["data"]["channel"] == "phone"


@pytest.mark.rule(
    "REM-11",
    key=(
        "sla.targets[metric=first_response,priority=critical]",
        "calendars.always.hours={mon-fri: [10:00-18:00]}",
    ),
)
async def test_a_critical_request_is_answered_within_one_hour(desk: DeskInUse) -> None:
    """A critical request is answered within 1 hour, day and night."""
    await first_answer_within(desk, "critical", 1)


@pytest.mark.rule(
    "REM-12",
    key=(
        "sla.targets[metric=first_response,priority=urgent]",
        "calendars.always.hours={mon-fri: [10:00-18:00]}",
    ),
)
async def test_an_urgent_request_is_answered_within_two_hours(desk: DeskInUse) -> None:
    """An urgent request is answered within 2 hours, day and night."""
    await first_answer_within(desk, "urgent", 2)


@pytest.mark.rule(
    "REM-13",
    key=(
        "sla.targets[metric=first_response,priority=normal]",
        "calendars.always.hours={mon-fri: [10:00-18:00]}",
    ),
)
async def test_a_normal_request_is_answered_within_eight_hours(desk: DeskInUse) -> None:
    """A normal request is answered within 8 hours, day and night."""
    await first_answer_within(desk, "normal", 8)


@pytest.mark.rule(
    "REM-14",
    key=(
        "sla.targets[metric=first_response,priority=low]",
        "calendars.always.hours={mon-fri: [10:00-18:00]}",
    ),
)
async def test_a_low_request_is_answered_within_24_hours(desk: DeskInUse) -> None:
    """A low request is answered within 24 hours, day and night."""
    await first_answer_within(desk, "low", 24)


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

    async def anew() -> Json | None:
        clock = await desk.clock(ticket, "first_response")
        return clock if clock and clock["within"] == "1h" else None

    after = await desk.system.until(anew, "due by the new priority")
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
