"""What this desk promises and demands, shown over REST and letters."""

import io
import struct
import zipfile
from dataclasses import replace
from email.message import Message
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reglament.clock import now
from reglament_local.demo.letters import File
from reglament_local.demo.pictures import attachment, bmp, png
from reglament_local.demo.stories.inn import fresh_inn
from reglament_local.demo.system import Json
from tests.acceptance.rules.desk import DeskInUse, Publishing, broken, lacking
from tests.acceptance.test_delivery_reports import failed
from tests.acceptance.test_eiler import refusals

pytestmark = pytest.mark.acceptance

MOSCOW = ZoneInfo("Europe/Moscow")
REQUEST: dict[str, Any] = {
    "channel": "email",
    "subject": "Пустая страница отпусков",
    "description": "Не открывается список отпусков, после входа пустая страница.",
    "requester": {"name": "Ольга Иванова", "locale": "ru"},
    "fields": {"version": "3.1.14", "edition": "КОРП"},
    "attachments": [attachment("экран.png", png())],
}
BODY = """Не открывается список отпусков, после входа пустая страница.

ИНН: {inn}
Версия: 3.1.14
Редакция: КОРП
"""
PICTURE = File(name="экран.png", content=png())
LONG = {"from": "2020-01-01", "until": "2099-12-31"}
REASONS = (
    "cannot_reproduce_no_access",
    "information_missing",
    "needs_diagnosis_or_release",
    "requirements_broken",
    "outside_support",
    "improper_or_unconstructive",
)
ACCESS = {"login": "temporary", "password": "canary-of-the-sealed-store"}
MANUAL = "https://wiseadvice.example/manual"


def listed(text: str) -> list[str]:
    """The points that a letter lists."""
    return [line for line in text.splitlines() if line.startswith("- ")]


def inn_of(desk: DeskInUse, who: str = "client") -> str:
    """An INN of that one's, in this test alone."""
    return fresh_inn(f"{int(desk.system.run, 16) + sum(who.encode()):x}")


async def contracted(desk: DeskInUse, who: str = "client", **contract: object) -> str:
    """That one on the desk's register, under a contract; its INN."""
    run, inn = desk.system.run, inn_of(desk, who)
    terms = {"number": f"W-{run}-{who}", **LONG, **contract}
    emails = [desk.system.address(who)]
    customer = {"name": "ООО Ромашка", "inn": inn, "emails": emails, "contracts": [terms]}
    await desk.customer(f"{who}-{run}", customer)
    return inn


async def ready(desk: DeskInUse) -> DeskInUse:
    """The desk; its client of this test has a contract, and gives the INN."""
    inn = await contracted(desk)
    return replace(desk, valid=REQUEST | {"fields": REQUEST["fields"] | {"inn": inn}})


@pytest.fixture
async def desk(publish: Publishing) -> DeskInUse:
    """The desk, shared by these tests."""
    return await ready(await publish("wiseadvice", REQUEST))


@pytest.fixture
async def own_desk(publish: Publishing) -> DeskInUse:
    """The desk with queues that no other test fills."""
    return await ready(await publish("wiseadvice", REQUEST, alone=True))


async def by_letter(
    desk: DeskInUse, who: str = "client", body: str = BODY, files: tuple[File, ...] = (PICTURE,)
) -> Json:
    """What became of a letter of that one's, about the client's INN."""
    olga = desk.writer(who)
    said = body.format(inn=inn_of(desk))
    return await olga.sent(olga.letter("Пустая страница отпусков", body=said, files=files))


async def clock(desk: DeskInUse, ticket: str, metric: str) -> tuple[str, str]:
    """What that running clock promises, by which calendar."""
    found = await desk.clock_is(ticket, metric, "running")
    return found["within"], found["calendar"]


@pytest.mark.rule("WIS-01", key="entitlement")
async def test_only_users_of_the_product_are_entitled(desk: DeskInUse) -> None:
    """The licensee is found on the register by INN; an unknown or a former one is refused."""
    assert (await desk.opened())["customer"] == f"client-{desk.system.run}"
    unknown = await desk.refused(fields={"inn": inn_of(desk, "nobody")})
    assert unknown["type"].endswith("not-entitled")
    assert broken(unknown) == {"customer-unknown"}
    over = {"from": "2021-01-01", "until": "2021-12-31"}
    former = await contracted(desk, "former", **over)
    assert broken(await desk.refused(fields={"inn": former})) == {"contract-not-in-force"}
    olga = desk.writer()
    body = BODY.format(inn=former)
    fate = await olga.sent(olga.letter("Пустая страница", body=body, files=(PICTURE,)))
    assert (fate["outcome"], fate["rule"]) == ("refused", "contract-not-in-force")


@pytest.mark.rule("WIS-02", key="reasons.refusal=[]")
async def test_a_client_without_manners_is_refused_and_told_why(desk: DeskInUse) -> None:
    """Who breaks the etiquette or misuses the product is refused, and told the reason."""
    olga = desk.writer()
    for turn, reason in enumerate(("improper_or_unconstructive", "requirements_broken"), 1):
        ticket = await desk.opened()
        before = len(await olga.received(2 * turn - 1))
        await desk.refuses_reason(ticket["id"], "refusal", {"reason": "dislike"})
        await desk.act(ticket["id"], "refusal", {"reason": reason})
        assert (await desk.ticket(ticket["id"]))["status"] == "refused"
        letter = (await olga.received(before + 1))[before]
        assert ticket["number"] in letter.subject
        assert "Причина:" in letter.text


@pytest.mark.rule(
    "WIS-03",
    key=(
        "channels.web.accept=always",
        "channels.fax.accept=always",
        "channels.post.accept=always",
        "channels.email",
    ),
)
async def test_only_a_letter_is_a_request(desk: DeskInUse) -> None:
    """A request is a letter to the desk; by no other channel is one registered."""
    for channel in ("web", "fax", "post"):
        problem = await desk.refused(role="agent", channel=channel)
        assert broken(problem) == {"channel-not-official"}, channel
        assert "support@wiseadvice.example" in problem["violations"][0]["detail"]
    fate = await by_letter(desk)
    assert fate["outcome"] == "ticket", fate
    assert (await desk.ticket(fate["ticket"]))["channel"] == "email"


@pytest.mark.rule("WIS-04", always="every desk confirms what it registers")
async def test_a_request_is_confirmed_once_with_its_number(desk: DeskInUse) -> None:
    """One automatic letter per request, with the number, to the address that wrote."""
    fate = await by_letter(desk)
    ticket = await desk.status(fate["ticket"], "accepted")
    (letter,) = await desk.writer().received(1)
    assert ticket["number"] in letter.subject
    assert letter.headers["auto-submitted"] == ("auto-replied",)
    (sent,) = (await desk.get(f"/tickets/{ticket['id']}/notifications"))["items"]
    assert (sent["template"], sent["state"]) == ("confirmation", "sent")
    assert sent["message_id"] == letter.headers["message-id"][0].strip()


@pytest.mark.rule("WIS-05", key="request.several")
async def test_several_problems_are_marked_and_taken_apart(desk: DeskInUse) -> None:
    """A letter of several problems is marked; each part gets number, history and clock."""
    fate = await by_letter(desk, body=BODY + "\n1. Пустой список.\n2. Нет уведомлений.\n")
    ticket = await desk.ticket(fate["ticket"])
    assert broken(ticket) == {"several-problems"}
    parts = [{"subject": "Нет уведомлений", "description": "Письма не приходят."}]
    split = await desk.act(ticket["id"], "split", {"parts": parts})
    (child,) = (each["ticket"] for each in split["links"] if each["kind"] == "split_into")
    own = await desk.ticket(child)
    assert own["number"] != ticket["number"]
    assert (await desk.event(child, "TicketOpened"))["data"]["split_from"] == ticket["id"]
    assert (await clock(desk, child, "first_response"))[0] == "4h"


@pytest.mark.rule("WIS-06", key=("request.fields.version", "request.attachments.otherwise=flag"))
async def test_an_unfit_request_comes_back_and_the_reply_opens_the_same_number(
    desk: DeskInUse,
) -> None:
    """A request that is not fit comes back with all that is missing; the reply opens it."""
    fate = await by_letter(desk, body="Пусто.\nИНН: {inn}\nРедакция: КОРП\n", files=())
    assert fate["outcome"] == "returned", fate
    ticket, olga = await desk.ticket(fate["ticket"]), desk.writer()
    assert lacking(ticket) == {"fields.version", "attachments"}
    (back,) = await olga.received(1)
    assert len(listed(back.text)) == 2
    reply = olga.letter("Re: отпуска", answers=back, body="Версия: 3.1\n", files=(PICTURE,))
    again = await olga.sent(reply)
    assert (again["outcome"], again["ticket"]) == ("ticket", ticket["id"])
    opened = await desk.status(ticket["id"], "accepted")
    assert (opened["number"], opened["violations"]) == (ticket["number"], [])
    bare = await desk.opened(attachments=[])
    assert (bare["status"], lacking(bare)) == ("returned", {"attachments"})


@pytest.mark.rule("WIS-07", key="request.description")
async def test_the_problem_has_to_be_described_and_steps_need_not_be(desk: DeskInUse) -> None:
    """The problem is described; steps are welcome."""
    ticket = await desk.opened(description=" ")
    assert (ticket["status"], lacking(ticket)) == ("returned", {"description"})
    assert (await desk.opened())["violations"] == []
    told = await desk.opened(fields={"steps": "1. Войти"})
    assert (told["violations"], told["fields"]["steps"]) == ([], "1. Войти")


@pytest.mark.rule("WIS-08", key=("request.fields.inn", "request.fields.inn.type"))
async def test_the_licensees_inn_has_right_check_digits(desk: DeskInUse) -> None:
    """The INN is given, 10 or 12 digits that check; it is found in a letter's text as well."""
    inn = inn_of(desk)
    wrong = inn[:-1] + str((int(inn[-1]) + 1) % 10)
    for said, rule in ((None, "field-missing"), (wrong, "inn-malformed"), ("77", "inn-malformed")):
        ticket = await desk.opened(fields={"inn": said})
        assert (ticket["status"], broken(ticket)) == ("returned", {rule})
        assert lacking(ticket) == {"fields.inn"}
    fate = await by_letter(desk, body=BODY.replace("ИНН: {inn}", "Мы, ООО Ромашка ({inn}), ждём."))
    ticket = await desk.ticket(fate["ticket"])
    assert (ticket["fields"]["inn"], ticket["customer"]) == (inn, f"client-{desk.system.run}")


@pytest.mark.rule("WIS-09", key=("request.fields.version", "request.fields.edition"))
async def test_version_and_edition_are_given(desk: DeskInUse) -> None:
    """The version in use and the edition are both given."""
    ticket = await desk.opened(fields={"version": None, "edition": None})
    assert ticket["status"] == "returned"
    assert lacking(ticket) == {"fields.version", "fields.edition"}


@pytest.mark.rule("WIS-10", key="request.attachments.screenshot")
async def test_a_screenshot_of_the_error_is_attached(desk: DeskInUse) -> None:
    """At least one screenshot, told by its content whatever its name."""
    for files in ([], [attachment("экран.png", b"not a picture")]):
        ticket = await desk.opened(attachments=files)
        assert (ticket["status"], broken(ticket)) == ("returned", {"screenshot-missing"})
    named = await desk.opened(attachments=[attachment("журнал.txt", png())])
    assert named["violations"] == []


@pytest.mark.rule(
    "WIS-11",
    key=(
        "request.fields.inn",
        "sla.targets[metric=resolution,service_level=commercial]",
        "sla.targets[metric=resolution,service_level=base]",
    ),
)
async def test_information_that_identifies_assigns_the_level_anew(desk: DeskInUse) -> None:
    """What identifies the user assigns the level of service anew, and the clock follows."""
    another = desk.writer("another")
    ticket = await desk.opened(requester={"email": another.address})
    assert ticket["service_level"] == "base"
    assert (await clock(desk, ticket["id"], "resolution"))[0] == "10 business days"
    theirs = await contracted(desk, "another", level="commercial")
    await desk.act(ticket["id"], "info-requests", {"items": ["identification"]})
    (_, question) = await another.received(2)
    body = f"Мы — другая организация.\nИНН: {theirs}\n"
    await another.sent(another.letter("Re: отпуска", answers=question, body=body))
    assigned = await desk.event(ticket["id"], "ServiceLevelAssigned")
    assert assigned["data"]["rule"] == "contract-level"
    known = await desk.ticket(ticket["id"])
    assert known["customer"] == f"another-{desk.system.run}"
    assert known["service_level"] == "commercial"

    async def sooner() -> bool | None:
        found = await desk.clock(ticket["id"], "resolution")
        return True if found and found["within"] == "3 business days" else None

    await desk.system.until(sooner, "the clock follows")


@pytest.mark.rule("WIS-12", key="service_levels.commercial.when")
async def test_the_commercial_level_is_for_the_applicants_own_address(desk: DeskInUse) -> None:
    """A letter from an address on the register gets the commercial level, any other the base."""
    for who, level, rule, within in (
        ("client", "commercial", "own-address", "4h"),
        ("somebody", "base", "not-own-address", "8h"),
    ):
        fate = await by_letter(desk, who)
        ticket = await desk.ticket(fate["ticket"])
        assert ticket["service_level"] == level
        opened = (await desk.event(ticket["id"], "TicketOpened"))["data"]
        assert (opened["service_level"], opened["service_level_rule"]) == (level, rule)
        assert (await clock(desk, ticket["id"], "first_response"))[0] == within


async def taken(desk: DeskInUse, ticket: str) -> str:
    """The engineer who has the ticket from now on."""
    engineer = await desk.engineer("anna", "L1")
    await desk.queued(ticket)
    await desk.act(ticket, "assignment", {"engineer": engineer})
    await desk.status(ticket, "in_progress")
    return engineer


async def lent(desk: DeskInUse, ticket: str) -> None:
    """The client lends temporary access for the ticket."""
    own = await desk.key_of("requester", desk.system.address("client"))
    await desk.say("PUT", f"/tickets/{ticket}/credentials", {"access": ACCESS}, key=own)


@pytest.mark.rule("WIS-13", always="the sealed store is there for every desk's tickets")
async def test_temporary_access_is_read_by_the_assigned_engineer_alone(
    own_desk: DeskInUse,
) -> None:
    """Access travels apart from the history; its engineer alone reads it, each time logged."""
    desk, ticket = own_desk, (await own_desk.opened())["id"]
    engineer = await taken(desk, ticket)
    await desk.act(ticket, "info-requests", {"items": ["access", "licence_key"]})
    await lent(desk, ticket)
    path = f"/tickets/{ticket}/credentials"
    await desk.say("GET", path, key=await desk.key_of("agent", "somebody-else"), status=403)
    read = await desk.say("GET", path, key=await desk.key_of("agent", engineer))
    assert read == {"access": ACCESS}
    reading = await desk.event(ticket, "CredentialsRead")
    assert reading["actor"]["id"] == engineer
    for shown in ("", "/history?limit=100", "/messages"):
        assert ACCESS["password"] not in str(await desk.get(f"/tickets/{ticket}{shown}"))


@pytest.mark.rule("WIS-14", key="notifications.on[access_erased]")
async def test_the_end_erases_the_access_and_reminds_to_change_it(own_desk: DeskInUse) -> None:
    """With the end the access is erased here, and the applicant is reminded to change it."""
    desk, ticket = own_desk, (await own_desk.opened())["id"]
    engineer = await taken(desk, ticket)
    await lent(desk, ticket)
    await desk.act(ticket, "resolution", {"text": "Исправлено."})
    before = await desk.writer().received(3)
    await desk.act(ticket, "closure")
    erased = await desk.event(ticket, "CredentialsErased")
    assert erased["data"]["because"] == "closed"
    key = await desk.key_of("agent", engineer)
    await desk.say("GET", f"/tickets/{ticket}/credentials", key=key, status=404)
    letters = (await desk.writer().received(len(before) + 2))[len(before) :]
    told = (await desk.get(f"/tickets/{ticket}/notifications"))["items"]
    assert {each["template"] for each in told} >= {"closed", "access_erased"}
    assert len(letters) == 2
    assert any("доступ" in each.text and "пароль" in each.text for each in letters)


@pytest.mark.rule("WIS-15", always="letters find their ticket at every desk")
async def test_a_reply_joins_by_its_id_and_a_strangers_guess_does_not(
    own_desk: DeskInUse,
) -> None:
    """By the ID in the subject letters join their request; a stranger's guess opens a new one."""
    desk, olga, mallory = own_desk, own_desk.writer(), own_desk.writer("mallory")
    ticket = await desk.ticket((await by_letter(desk))["ticket"])
    subject = f"Re: [{ticket['number']}] Отпуска"
    answer = await olga.sent(olga.letter(subject, body="Ещё одно."))
    assert (answer["outcome"], answer["ticket"]) == ("message", ticket["id"])
    body = BODY.format(inn=inn_of(desk))
    fate = await mallory.sent(mallory.letter(subject, body=body, files=(PICTURE,)))
    assert (fate["outcome"], fate["rule"]) == ("ticket", "maybe-related")
    assert fate["ticket"] != ticket["id"]
    engineer = await taken(desk, fate["ticket"])
    (told,) = await desk.writer(engineer).received(1)
    assert ticket["number"] in told.text


@pytest.mark.rule(
    "WIS-16",
    key=(
        "notifications.on[assigned]",
        "sla.targets[metric=work_started,service_level=commercial]",
    ),
)
async def test_the_applicant_is_told_that_work_has_begun(own_desk: DeskInUse) -> None:
    """When an engineer takes the request its applicant is told; by when, the contract says."""
    desk, olga = own_desk, own_desk.writer()
    ticket = (await desk.opened())["id"]
    assert await clock(desk, ticket, "work_started") == ("8h", "office")
    await olga.received(1)
    await taken(desk, ticket)
    await desk.clock_is(ticket, "work_started", "met")
    assert len(await olga.received(2)) == 2
    told = (await desk.get(f"/tickets/{ticket}/notifications"))["items"]
    assert [each["template"] for each in told] == ["confirmation", "assigned"]
    own = {"metric": "work_started", "within": "1h", "calendar": "office"}
    await contracted(desk, targets=[own])
    agreed = (await desk.opened())["id"]
    assert await clock(desk, agreed, "work_started") == ("1h", "office")


@pytest.mark.rule(
    "WIS-17",
    key=(
        "channels.phone.accept=always",
        "channels.messenger.accept=always",
        "channels.chat.accept=always",
        "contacts",
    ),
)
async def test_what_is_asked_by_phone_or_messenger_leaves_no_trace(publish: Publishing) -> None:
    """Phone and messengers register nothing; the answer names the channel that does."""
    desk = await ready(await publish("wiseadvice", REQUEST, alone=True))
    for channel in ("phone", "messenger", "chat"):
        problem = await desk.refused(role="agent", channel=channel)
        assert problem["type"].endswith("channel-not-accepted")
        assert broken(problem) == {"channel-not-official"}
        assert "support@wiseadvice.example" in problem["violations"][0]["detail"]
        assert await refusals(desk, channel) == 1
    assert (await desk.get(f"/tickets?desk={desk.name}"))["items"] == []
    assert (await desk.get(f"/events?desk={desk.name}"))["items"] == []
    assert (await desk.opened())["number"] == "WIS-000001"


def zipped(*files: bytes) -> bytes:
    """A ZIP of such files, whose names say nothing."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, content in enumerate(files):
            archive.writestr(f"{number}.dat", content)
    return buffer.getvalue()


def rarred(content: bytes) -> bytes:
    """A RAR of one stored file (archive format 4.x)."""
    name = b"0.dat"
    head = struct.pack("<HBHHI", 0, 0x74, 0x8000, 32 + len(name), len(content))
    head += struct.pack("<IBIIBBHI", len(content), 2, 0, 0, 29, 0x30, len(name), 0)
    main = struct.pack("<HBHH", 0, 0x73, 0, 13) + b"\x00" * 6
    end = struct.pack("<HBHH", 0, 0x7B, 0x4000, 7)
    return b"Rar!\x1a\x07\x00" + main + head + name + content + end


GOOD = {
    "jpg": b"\xff\xd8\xff\xe0" + b"\x00" * 64,
    "gif": b"GIF89a" + b"\x00" * 64,
    "png": png(),
    "tiff": b"II*\x00" + b"\x00" * 64,
    "bmp in zip": zipped(bmp()),
    "bmp in rar": rarred(bmp()),
    "png in zip": zipped(b"readme", png()),
}
BAD = {"bmp": bmp(), "webp": b"RIFF\x40\x00\x00\x00WEBPVP8 " + b"\x00" * 64}


@pytest.mark.rule("WIS-18", key=("request.attachments.formats", "request.attachments.packed"))
async def test_screenshots_come_in_the_desks_formats_told_by_content(desk: DeskInUse) -> None:
    """JPG, GIF, PNG or TIFF; BMP only packed in ZIP or RAR; by content, whatever the name."""
    for kind, content in GOOD.items():
        ticket = await desk.opened(attachments=[attachment("экран.dat", content)])
        assert (ticket["status"], ticket["violations"]) == ("registered", []), kind
    for kind, content in BAD.items():
        ticket = await desk.opened(attachments=[attachment("экран.png", content)])
        assert ticket["status"] == "returned", kind
        assert "attachment-format" in broken(ticket), kind


@pytest.mark.rule("WIS-18", key="request.attachments")
async def test_an_archive_that_swells_is_left_closed(desk: DeskInUse) -> None:
    bomb = zipped(bmp() + b"\x00" * 200_000_000)
    many = zipped(*(b"" for _ in range(20_000)), bmp())
    for content in (bomb, many):
        ticket = await desk.opened(attachments=[attachment("экран.zip", content)])
        assert (ticket["status"], broken(ticket)) == ("returned", {"screenshot-missing"})


@pytest.mark.rule("WIS-18", key="request.attachments.formats")
async def test_a_bare_bitmap_comes_back_and_a_packed_one_opens_the_request(
    desk: DeskInUse,
) -> None:
    fate = await by_letter(desk, files=(File(name="экран.png", content=bmp()),))
    assert (fate["outcome"], fate["rule"]) == ("returned", "attachment-format")
    olga = desk.writer()
    (back,) = await olga.received(1)
    packed = File(name="экран.zip", content=zipped(bmp()))
    again = await olga.sent(olga.letter("Re: отпуска", answers=back, body="Вот.", files=(packed,)))
    assert (again["outcome"], again["ticket"]) == ("ticket", fate["ticket"])


@pytest.mark.rule(
    "WIS-19",
    key=(
        "answers",
        "answers[title=Руководство пользователя].keywords",
        "answers[title=Руководство пользователя].links",
    ),
)
async def test_a_standard_question_is_answered_by_links_of_the_desks_library(
    desk: DeskInUse,
) -> None:
    """The library offers the answers that fit a request, and its links go out with the answer."""
    ticket, path = (await desk.opened())["id"], f"/desks/{desk.name}/answers"
    titles = [each["title"] for each in (await desk.get(path))["items"]]
    assert titles == ["Частые вопросы", "Руководство пользователя"]
    (offered,) = (await desk.get(f"{path}?ticket={ticket}"))["items"]
    assert (offered["title"], offered["links"]) == ("Руководство пользователя", [MANUAL])
    (by_words,) = (await desk.get(f"{path}?q=Забыли ПАРОЛЬ"))["items"]
    assert by_words["title"] == "Частые вопросы"
    page = "https://wiseadvice.example/manual/leave"
    said = {"text": "Добрый день.", "answer": offered["title"], "links": [page]}
    await desk.writer().received(1)
    await desk.act(ticket, "resolution", said)
    assert (await desk.event(ticket, "Resolved"))["data"]["links"] == [MANUAL, page]
    letter = (await desk.writer().received(2))[1]
    assert listed(letter.text) == [f"- {MANUAL}", f"- {page}"]
    for text in ("Добрый день.", offered["text"]):
        assert text in letter.text
    problem = await desk.not_done(ticket, "resolution", {"answer": "Нет такого"})
    assert broken(problem) == {"answer-unknown"}


@pytest.mark.rule("WIS-20", key="reasons.deferral")
async def test_a_request_is_put_off_for_one_of_six_reasons_only(desk: DeskInUse) -> None:
    """A request is put off, or not solved, for one of six reasons; any other is refused."""
    ticket = (await desk.opened())["id"]
    for reason in REASONS:
        await desk.act(ticket, "deferral", {"reason": reason})
        assert (await desk.event(ticket, "TicketDeferred"))["data"]["reason"] == reason
        await desk.act(ticket, "resumption")
    await desk.refuses_reason(ticket, "deferral", {"reason": "holidays"})


@pytest.mark.rule("WIS-20", key="reasons.refusal=[]")
async def test_a_request_is_refused_for_one_of_six_reasons_only(desk: DeskInUse) -> None:
    for reason in REASONS:
        ticket = (await desk.opened())["id"]
        await desk.refuses_reason(ticket, "refusal", {"reason": "holidays"})
        await desk.act(ticket, "refusal", {"reason": reason})
        assert (await desk.event(ticket, "TicketRefused"))["data"]["reason"] == reason


@pytest.mark.rule("WIS-21", key="acceptance.when=registered")
async def test_a_request_counts_once_its_confirmation_was_received(desk: DeskInUse) -> None:
    """Only who received the letter with the number has an accepted request; a bounce is shown."""
    ticket = await desk.opened()
    assert ticket["status"] == "registered"
    accepted = await desk.event(ticket["id"], "TicketAccepted")
    assert accepted["data"]["because"] == "delivered"
    (confirmation,) = await desk.writer().received(1)
    report: Message = failed(confirmation, desk.writer().address, desk)
    await desk.system.post.received_at(report, desk.mailbox, now())  # type: ignore[arg-type]
    await desk.happened(
        ticket["id"], "DeliveryReported", "NotificationBounced", "AcceptanceWithdrawn"
    )
    shown = await desk.status(ticket["id"], "registered")
    assert shown["confirmation"] == "bounced"
    waiting = (await desk.get(f"/tickets?desk={desk.name}&unconfirmed=true"))["items"]
    assert ticket["id"] in {each["id"] for each in waiting}
