"""What this desk promises and demands, shown over REST and letters."""

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from imap_tools import MailMessage

from reglament_local.demo.pictures import attachment, png
from reglament_local.demo.system import Json
from tests.acceptance.rules.desk import DeskInUse, Publishing, broken, lacking

pytestmark = pytest.mark.acceptance

MOSCOW = ZoneInfo("Europe/Moscow")
REQUEST: dict[str, Any] = {
    "channel": "web",
    "subject": "Приставки не получают список каналов",
    "description": "После обновления портала приставки показывают пустой список.",
    "requester": {"name": "Павел Сергеев", "locale": "ru"},
}
FAULT: dict[str, Any] = {
    "category": "error",
    "fields": {"steps": "1. Включить\n2. Открыть список", "conditions": "Прошивка 2.20"},
    "attachments": [attachment("ошибка.log", b"12:00 portal: empty playlist\n")],
}
LONG = {"from": "2020-01-01", "until": "2099-12-31"}
REASONS = (
    "order_broken",
    "contract_broken",
    "information_missing",
    "not_understood",
    "offensive",
    "outside_competence",
)
STATUS = "notifications.on[status]"


def moscow(wall: str) -> datetime:
    """An instant by Moscow's clocks."""
    return datetime.fromisoformat(wall).replace(tzinfo=MOSCOW)


def listed(text: str) -> list[str]:
    """The points that a letter lists."""
    return [line for line in text.splitlines() if line.startswith("- ")]


async def contracted(desk: DeskInUse, who: str = "client", **contract: object) -> str:
    """That one on the desk's register, under a contract; its name there."""
    run = desk.system.run
    terms = {"number": f"M-{run}-{who}", **LONG, **contract}
    name = f"Кабельное ТВ {run} {who}"
    customer = {"name": name, "emails": [desk.system.address(who)], "contracts": [terms]}
    await desk.customer(f"{who}-{run}", customer)
    return name


@pytest.fixture
async def desk(publish: Publishing) -> DeskInUse:
    """The desk, shared by these tests; its client of this test has a contract."""
    made = await publish("microimpuls", REQUEST)
    await contracted(made)
    return made


@pytest.fixture
async def own_desk(publish: Publishing) -> DeskInUse:
    """The desk with queues that no other test fills."""
    made = await publish("microimpuls", REQUEST, alone=True)
    await contracted(made)
    return made


async def by_letter(desk: DeskInUse, subject: str = "Пустой список каналов") -> Json:
    """The ticket of a letter of the client's."""
    pavel = desk.writer()
    fate = await pavel.sent(pavel.letter(subject, body=f"Список пуст с утра. {subject}"))
    assert fate["outcome"] == "ticket", fate
    return await desk.ticket(fate["ticket"])


@pytest.mark.rule("MIC-01", key=("mailbox", "channels.email"))
async def test_a_letter_is_registered(desk: DeskInUse) -> None:
    """A letter to the desk is registered, at any hour."""
    pavel, at = desk.writer(), moscow("2026-11-15T03:00")
    letter = pavel.letter("Нет каналов на приставках", body="Список каналов пуст.")
    await desk.system.post.received_at(letter, desk.mailbox, at)
    (fate,) = await pavel.fates(letter)
    assert fate["outcome"] == "ticket", fate
    ticket = await desk.ticket(fate["ticket"])
    assert (ticket["channel"], ticket["status"]) == ("email", "accepted")
    assert datetime.fromisoformat(ticket["arrived_at"]) - at < timedelta(seconds=1)


@pytest.mark.rule("MIC-02", key="entitlement")
async def test_only_under_a_contract_in_force_on_the_day_of_arrival(desk: DeskInUse) -> None:
    """Without a contract in force on the day of arrival a request is refused, and told why."""
    assert (await desk.opened())["contract"] == f"M-{desk.system.run}-client"
    stranger = {"email": desk.system.address("stranger")}
    unknown = await desk.refused(requester=stranger, fields={"client": "Никто"})
    assert unknown["type"].endswith("not-entitled")
    assert broken(unknown) == {"customer-unknown"}
    await contracted(desk, "former", **{"from": "2021-01-01", "until": "2021-12-31"})
    former = desk.writer("former")
    problem = await desk.refused(requester={"email": former.address})
    assert broken(problem) == {"contract-not-in-force"}
    then = moscow("2021-12-31T23:00").isoformat()
    past = await desk.opened(role="agent", requester={"email": former.address}, received_at=then)
    assert past["contract"] == f"M-{desk.system.run}-former"
    fate = await former.sent(former.letter("Каналы не открываются"))
    assert (fate["outcome"], fate["rule"]) == ("refused", "contract-not-in-force")
    letters = [each for each in await former.received(2) if past["number"] not in each.subject]
    assert [len(listed(each.text)) >= 1 for each in letters] == [True]


@pytest.mark.rule("MIC-02", always="a contract's own targets hold at every desk")
async def test_a_contract_overrides_the_desks_targets(desk: DeskInUse) -> None:
    own = {"metric": "resolution", "within": "4h", "calendar": "always"}
    await contracted(desk, "special", level="premium", targets=[own])
    ticket = await desk.opened(requester={"email": desk.system.address("special")})
    solved = await desk.clock_is(ticket["id"], "resolution", "running")
    assert (solved["within"], solved["calendar"]) == ("4h", "always")
    answered = await desk.clock_is(ticket["id"], "first_response", "running")
    assert answered["within"] == "30m"


@pytest.mark.rule("MIC-03", key="notifications.hints")
async def test_the_answer_has_the_number_and_the_way_to_the_portal(desk: DeskInUse) -> None:
    """The answer goes to the address that wrote, with the number and the portal's link."""
    ticket, pavel = await by_letter(desk), desk.writer()
    (answer,) = await pavel.received(1)
    assert ticket["number"] in answer.subject
    assert answer.headers["auto-submitted"] == ("auto-replied",)
    link = re.search(rf"(\S+/portal/tickets/{ticket['id']})#token=(\S+)", answer.text)
    assert link, answer.text
    around = next(line for line in answer.text.splitlines() if link.group(1) in line)
    assert len(around.removesuffix(link.group(0)).split()) > 5, "how to use it is said"
    shown = await desk.say("GET", f"/tickets/{ticket['id']}", key=link.group(2))
    assert shown["number"] == ticket["number"]


@pytest.mark.rule("MIC-04", always="every desk's tickets are shown to those who asked")
async def test_status_history_and_clock_are_shown_to_the_requester_only(desk: DeskInUse) -> None:
    """Progress is on the portal, for the requester only; every change of status is mailed."""
    ticket = await desk.opened()
    await desk.clock_is(ticket["id"], "resolution", "running")
    await desk.act(ticket["id"], "messages", {"body": "Смотрим.", "visibility": "public"})
    await desk.act(ticket["id"], "messages", {"body": "Сбой у нас.", "visibility": "internal"})
    own = await desk.key_of("requester", desk.system.address("client"))
    other = await desk.key_of("requester", desk.system.address("other"))
    at = f"/tickets/{ticket['id']}"
    assert (await desk.say("GET", at, key=own))["status"] == "accepted"
    told = (await desk.say("GET", f"{at}/messages", key=own))["items"]
    assert [each["body"] for each in told] == ["Смотрим."]
    shown = (await desk.say("GET", f"{at}/history", key=own))["items"]
    assert {"TicketOpened", "MessageAdded"} <= {row["type"] for row in shown}
    clocks = (await desk.say("GET", f"{at}/sla", key=own))["targets"]
    assert "resolution" in {each["metric"] for each in clocks}
    for part in ("", "/history", "/sla", "/messages"):
        await desk.say("GET", at + part, key=other, status=404)
    (letter,) = [each for each in await desk.writer().received(2) if "#token=" in each.text][:1]
    page = await portal(desk, ticket["id"], token_in(letter))
    for words in (ticket["number"], REQUEST["subject"], "Смотрим.", "Решение"):
        assert words in page, words
    assert "Сбой у нас." not in page
    for token in ("", "no-token"):
        assert ticket["number"] not in await portal(desk, ticket["id"], token)


def token_in(letter: MailMessage) -> str:
    """The key to the ticket's page that the letter's link bears."""
    found = re.search(r"#token=(\S+)", letter.text)
    assert found, letter.text
    return found.group(1)


async def portal(desk: DeskInUse, ticket: str, token: str) -> str:
    """The ticket's page, as a browser with that link gets it."""
    front, path = desk.system.ready["front"], f"/portal/tickets/{ticket}"
    async with httpx.AsyncClient(
        base_url=front, trust_env=False, follow_redirects=True, timeout=20.0
    ) as browser:
        await browser.post(f"{path}/session", data={"token": token})
        return (await browser.get(path)).text


async def told_of(desk: DeskInUse, before: int) -> MailMessage:
    """The one letter that came after so many."""
    found = await desk.writer().received(before + 1)
    assert len(found) == before + 1, [each.text for each in found]
    return found[-1]


@pytest.mark.rule("MIC-04", key=STATUS)
async def test_every_change_of_status_is_mailed(own_desk: DeskInUse) -> None:
    desk, ticket = own_desk, (await own_desk.opened())["id"]
    await told_of(desk, 0)
    engineer = await desk.engineer("anna", "L1")
    await desk.queued(ticket)
    assert await desk.claim(engineer) is not None
    await desk.status(ticket, "in_progress")
    await told_of(desk, 1)
    key = await desk.key_of("requester", desk.system.address("client"))
    steps: list[tuple[str, Json, str]] = [
        ("info-requests", {"items": ["conditions"]}, "waiting"),
        ("messages", {"body": "Прошивка 2.20."}, "in_progress"),
        ("deferral", {"reason": "information_missing"}, "deferred"),
        ("resumption", {}, "in_progress"),
        ("resolution", {"text": "Обновите портал."}, "resolved"),
        ("closure", {}, "closed"),
        ("reopening", {"reason": "Снова пусто."}, "in_progress"),
        ("refusal", {"reason": "outside_competence"}, "refused"),
    ]
    for before, (action, body, status) in enumerate(steps, start=2):
        if action == "messages":
            await desk.say("POST", f"/tickets/{ticket}/{action}", body, key=key)
        else:
            await desk.act(ticket, action, body)
        await desk.status(ticket, status)
        await told_of(desk, before)


PROMISES = {
    "premium": ("30m", "always", "1h", "always"),
    "standard": ("2h", "office", "4h", "office"),
    "basic": ("8h", "office", "2 business days", "office"),
}


@pytest.mark.rule(
    "MIC-05",
    key=tuple(
        f"sla.targets[metric={metric},service_level={level}]"
        for metric in ("first_response", "work_started")
        for level in PROMISES
    ),
)
@pytest.mark.parametrize("level", PROMISES)
async def test_reaction_and_the_beginning_of_work_are_promised_by_the_contracts_level(
    desk: DeskInUse, level: str
) -> None:
    """First answer and the beginning of work are due by the level of the contract."""
    await contracted(desk, level, level=level)
    ticket = await desk.opened(requester={"email": desk.system.address(level)})
    assert ticket["service_level"] == level
    clocks = [
        await desk.clock_is(ticket["id"], metric, "running")
        for metric in ("first_response", "work_started")
    ]
    found = tuple(clock[part] for clock in clocks for part in ("within", "calendar"))
    assert found == PROMISES[level]


@pytest.mark.rule("MIC-05", key="service_levels")
async def test_no_contract_is_without_a_promise(desk: DeskInUse) -> None:
    ticket = await desk.opened()  # its contract names no level
    assert ticket["service_level"] == "basic"
    clock = await desk.clock_is(ticket["id"], "first_response", "running")
    assert clock["within"] == "8h"
    terms = {"number": "M-1", **LONG, "level": "platinum"}
    body = {"name": "Радио", "emails": [], "contracts": [terms]}
    path = f"/desks/{desk.name}/customers/radio-{desk.system.run}"
    key = desk.system.key(desk.name, "admin")
    problem = await desk.say("PUT", path, body, key=key, status=422)
    assert lacking(problem) == {"contracts.0.level"}
    assert broken(problem) == {"service-level-unknown"}


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


@pytest.mark.rule("MIC-07", key="request.subject")
@pytest.mark.parametrize("subject", ["", "Re: ", "Fwd: Отв:  ", "!!!", "…"])
async def test_an_empty_subject_is_returned(desk: DeskInUse, subject: str) -> None:
    """A subject that is empty, or holds nothing but general words, is returned."""
    ticket = await desk.opened(subject=subject)
    assert (ticket["status"], broken(ticket)) == ("returned", {"subject-missing"})


@pytest.mark.rule("MIC-07", key="request.subject.general_words")
@pytest.mark.parametrize(
    "subject",
    [
        "ПОМОГИТЕ!!!",
        "Re: Fwd: help",
        "Отв: Срочно - ПРОБЛЕМА",
        "ＨＥＬＰ",
        "(без темы)",
        "Question",
    ],
)
async def test_a_subject_of_general_words_is_returned(desk: DeskInUse, subject: str) -> None:
    ticket = await desk.opened(subject=subject)
    assert (ticket["status"], broken(ticket)) == ("returned", {"subject-general"})


@pytest.mark.rule("MIC-07", key="request.subject.general_words")
async def test_a_letter_under_general_words_comes_back_and_a_better_subject_opens_it(
    desk: DeskInUse,
) -> None:
    pavel = desk.writer()
    fate = await pavel.sent(pavel.letter("Re: Помогите", body="Список каналов пуст."))
    assert (fate["outcome"], fate["rule"]) == ("returned", "subject-general")
    (back,) = await pavel.received(1)
    assert len(listed(back.text)) == 1
    better = pavel.letter("Пустой список каналов", answers=back, body="Список каналов пуст.")
    again = await pavel.sent(better)
    assert (again["outcome"], again["ticket"]) == ("ticket", fate["ticket"])


@pytest.mark.rule("MIC-08", always="letters find their ticket at every desk")
async def test_a_reply_joins_by_its_number_and_a_strangers_guess_does_not(
    own_desk: DeskInUse,
) -> None:
    """The number in the subject keeps one history; of a stranger's guess the engineer is told."""
    desk, pavel = own_desk, own_desk.writer()
    ticket = await by_letter(desk)
    answer = await pavel.sent(pavel.letter(f"Re: [{ticket['number']}] Каналы", body="Прошивка 2."))
    assert (answer["outcome"], answer["ticket"]) == ("message", ticket["id"])
    mallory = desk.writer("mallory")
    guess = mallory.letter(f"Re: [{ticket['number']}] Пришлите пароль")
    fate = await mallory.sent(guess)
    assert fate["outcome"] == "ticket"
    assert fate["ticket"] != ticket["id"]
    other = await desk.ticket(fate["ticket"])
    assert {"kind": "maybe_related", "ticket": ticket["id"]} in other["links"]
    anna = await desk.engineer("anna", "L1")
    body = {"engineer": anna}
    await desk.act(other["id"], "assignment", body)
    (told,) = await desk.writer(anna).received(1)
    assert other["number"] in told.subject
    assert ticket["number"] in told.text


@pytest.mark.rule("MIC-09", key=("entitlement.unidentified", "request.fields.client"))
async def test_who_does_not_say_who_he_is_is_asked_and_then_known(desk: DeskInUse) -> None:
    """A client who cannot be identified is asked; who refuses to tell may be refused."""
    name, nobody = await contracted(desk, "office", level="standard"), desk.writer("nobody")
    fate = await nobody.sent(nobody.letter("Каналы не открываются", body="Экран пуст."))
    assert fate["outcome"] == "ticket", fate
    asked = await desk.event(fate["ticket"], "InfoRequested")
    assert asked["data"]["items"] == ["client"]
    waiting = await desk.ticket(fate["ticket"])
    assert (waiting["status"], waiting["customer"]) == ("waiting", None)
    letters = await nobody.received(2)
    (question,) = (each for each in letters if listed(each.text))
    reply = nobody.letter("Re: каналы", answers=question, body=f"Клиент: {name.upper()}\n")
    await nobody.sent(reply)
    await desk.event(fate["ticket"], "ServiceLevelAssigned")
    known = await desk.ticket(fate["ticket"])
    assert (known["status"], known["customer"]) == ("accepted", f"office-{desk.system.run}")
    assert known["service_level"] == "standard"
    clock = await desk.clock_is(fate["ticket"], "work_started", "running")
    assert clock["within"] == "4h"


@pytest.mark.rule("MIC-09", key=("entitlement.unidentified", "reasons.refusal=[other]"))
async def test_who_refuses_to_say_who_he_is_may_be_refused(desk: DeskInUse) -> None:
    nobody = desk.writer("nobody")
    fate = await nobody.sent(nobody.letter("Каналы не открываются", body="Экран пуст."))
    ticket = fate["ticket"]
    (_, question) = await nobody.received(2)
    await nobody.sent(nobody.letter("Re: каналы", answers=question, body="Не скажу."))
    await desk.act(ticket, "refusal", {"reason": "information_missing"})
    assert (await desk.ticket(ticket))["status"] == "refused"
    assert len(await nobody.received(3)) >= 3


@pytest.mark.rule(
    "MIC-10",
    key=(
        "categories.error.needs[steps]",
        "categories.error.needs[conditions]",
        "categories.error.needs[screenshot_or_log]",
        "request.description",
        "request.subject",
    ),
)
async def test_a_report_of_an_error_needs_more_than_a_question(desk: DeskInUse) -> None:
    """Of an error: question, problem, steps, conditions and a screenshot or log."""
    bare: Json = {"fields": {}, "attachments": []}
    ticket = await desk.opened(category="error", subject="", description="", **bare)
    assert ticket["status"] == "returned"
    needed = {"subject", "description", "fields.steps", "fields.conditions", "attachments"}
    assert lacking(ticket) == needed
    for category in ("question", "service", None):
        asked = await desk.opened(subject=f"Списки {category}", category=category, **bare)
        assert asked["violations"] == []
    for file in (FAULT["attachments"][0], attachment("экран.bin", png())):
        whole = await desk.opened(**FAULT | {"subject": file["name"], "attachments": [file]})
        assert (whole["status"], whole["violations"]) == ("accepted", [])


@pytest.mark.rule("MIC-11", key="request.fields.doc_reference")
async def test_the_document_that_was_read_is_given_as_a_link(desk: DeskInUse) -> None:
    """The documentation that is close but unclear is named by a link; other words are marked."""
    page = "https://microimpuls.example/doc/middleware#playlists"
    pavel = desk.writer()
    body = f"Не понял раздел о списках.\n\nДокументация: {page}\n"
    fate = await pavel.sent(pavel.letter("Раздел о списках каналов", body=body))
    ticket = await desk.ticket(fate["ticket"])
    assert (ticket["fields"]["doc_reference"], ticket["violations"]) == (page, [])
    vague = await desk.opened(fields={"doc_reference": "в руководстве"})
    assert (vague["status"], broken(vague)) == ("accepted", {"link-malformed"})
    assert lacking(vague) == {"fields.doc_reference"}


@pytest.mark.rule("MIC-12", key="request.several")
async def test_several_topics_are_marked_and_taken_apart(own_desk: DeskInUse) -> None:
    """A letter of several topics is marked; each part gets its own number, history and clock."""
    desk, pavel = own_desk, own_desk.writer()
    body = "Добрый день!\n1. Пустой список каналов.\n2. Не приходит счёт.\n"
    fate = await pavel.sent(pavel.letter("Каналы и счёт", body=body))
    ticket = await desk.ticket(fate["ticket"])
    assert (ticket["status"], broken(ticket)) == ("accepted", {"several-problems"})
    parts = [{"subject": "Не приходит счёт", "description": "За октябрь счёта нет."}]
    split = await desk.act(ticket["id"], "split", {"parts": parts})
    (child,) = (each["ticket"] for each in split["links"] if each["kind"] == "split_into")
    own = await desk.ticket(child)
    assert own["number"] != ticket["number"]
    assert {"kind": "split_from", "ticket": ticket["id"]} in own["links"]
    assert (await desk.event(child, "TicketOpened"))["data"]["split_from"] == ticket["id"]
    await desk.clock_is(child, "first_response", "running")
    letters = await pavel.received(2)
    assert any(own["number"] in each.subject for each in letters)


@pytest.mark.rule("MIC-13", key="duplicates")
async def test_a_repeated_request_joins_the_first_and_is_answered_with_its_number(
    desk: DeskInUse,
) -> None:
    """What was answered is received for good; a repeated request joins the first one."""
    pavel = desk.writer()
    first = pavel.letter("Нет звука на каналах", body="Звука нет с утра.")
    fate = await pavel.sent(first)
    ticket = await desk.ticket(fate["ticket"])
    (answer,) = await pavel.received(1)
    assert ticket["number"] in answer.subject
    again = await pavel.sent(pavel.letter("Нет звука на каналах", body="Звука нет с утра."))
    assert (again["outcome"], again["ticket"]) == ("duplicate", ticket["id"])
    await desk.event(ticket["id"], "DuplicateJoined")
    second = (await pavel.received(2))[1]
    assert ticket["number"] in second.subject
    found = await desk.get(f"/tickets?desk={desk.name}&q=Нет звука на каналах")
    numbers = [
        each["number"] for each in found["items"] if each["requester"] == ticket["requester"]
    ]
    assert numbers == [ticket["number"]]


@pytest.mark.rule("MIC-14", key="reasons.deferral")
async def test_a_request_is_put_off_for_one_of_six_reasons_only(desk: DeskInUse) -> None:
    """A request is put off, or not solved, for one of six reasons; any other is refused."""
    ticket = (await desk.opened())["id"]
    for reason in REASONS:
        await desk.act(ticket, "deferral", {"reason": reason})
        assert (await desk.event(ticket, "TicketDeferred"))["data"]["reason"] == reason
        await desk.act(ticket, "resumption")
    await desk.refuses_reason(ticket, "deferral", {"reason": "holidays"})


@pytest.mark.rule("MIC-14", key="reasons.refusal=[]")
async def test_a_request_is_refused_for_one_of_six_reasons_only(desk: DeskInUse) -> None:
    for turn, reason in enumerate(REASONS):
        ticket = (await desk.opened(subject=f"Пустой список каналов {turn}"))["id"]
        await desk.refuses_reason(ticket, "refusal", {"reason": "holidays"})
        await desk.act(ticket, "refusal", {"reason": reason})
        assert (await desk.event(ticket, "TicketRefused"))["data"]["reason"] == reason
