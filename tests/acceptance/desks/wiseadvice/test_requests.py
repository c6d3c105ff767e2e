"""What a request to this desk has to say, shown over REST and letters."""

import pytest

from reglament_local.demo.pictures import attachment, png
from tests.acceptance.desks.wiseadvice.asking import BODY, PICTURE, by_letter, clock, inn_of
from tests.acceptance.rules.desk import DeskInUse, broken, lacking
from tests.acceptance.rules.reading import listed

pytestmark = pytest.mark.acceptance


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
