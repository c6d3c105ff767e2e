"""What a request to this desk has to say, shown over REST and letters."""

from typing import Any

import pytest

from reglament_local.demo.pictures import attachment, png
from reglament_local.demo.system import Json
from tests.acceptance.rules.desk import DeskInUse, broken, lacking
from tests.acceptance.rules.reading import listed

pytestmark = pytest.mark.acceptance

FAULT: dict[str, Any] = {
    "category": "error",
    "fields": {"steps": "1. Включить\n2. Открыть список", "conditions": "Прошивка 2.20"},
    "attachments": [attachment("ошибка.log", b"12:00 portal: empty playlist\n")],
}


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
