"""Correspondence as both sides see it: one conversation, one ticket, each part its own letter."""

from email.utils import parseaddr
from typing import Any

import pytest
from imap_tools import MailMessage

from reglament.mail.subjects import strip_prefixes
from reglament_local.demo.system import Desk, System
from tests.acceptance.test_letters import opened
from tests.acceptance.writer import Writer

pytestmark = pytest.mark.acceptance
TURNS = 5


def ids(letter: MailMessage, name: str) -> list[str]:
    found: tuple[str, ...] = letter.headers[name]
    return " ".join(found).split()


@pytest.fixture
def anna(site: System) -> Writer:
    """A client."""
    return Writer(desk=Desk(system=site, name="remsys"), address=site.address("anna"))


@pytest.mark.rule("WIS-15", "MIC-08")
async def test_ten_letters_read_as_one_conversation_and_as_one_ticket(anna: Writer) -> None:
    first = anna.letter("Сервер не отвечает")
    fate = await anna.sent(first)
    ticket = await anna.desk.ticket(fate["ticket"])
    sent = [str(first["Message-ID"])]
    received = await anna.received(1)
    for turn in range(1, TURNS):
        body = {"body": f"Ответ {turn}", "visibility": "public"}
        await anna.desk.act(ticket["id"], "messages", body)
        received = await anna.received(turn + 1)
        reply = anna.letter(f"Re: {received[-1].subject}", answers=received[-1], body=f"Да {turn}")
        answered = await anna.sent(reply)
        assert (answered["outcome"], answered["ticket"]) == ("message", ticket["id"])
        sent.append(str(reply["Message-ID"]))
    assert len(sent) + len(received) == 2 * TURNS
    messages = (await anna.desk.get(f"/tickets/{ticket['id']}/messages"))["items"]
    said = [each["body"].strip() for each in messages]
    assert [each for each in said if each.startswith("Да")] == [f"Да {n}" for n in range(1, TURNS)]
    ours = [letter.headers["message-id"][0].strip() for letter in received]
    for turn, letter in enumerate(received):
        thread, known = ids(letter, "references"), {*sent[: max(1, turn)], *ours[:turn]}
        assert thread[0] == sent[0]
        assert set(thread) <= known
        assert sent[max(0, turn - 1)] in thread
        assert ids(letter, "in-reply-to") == thread[-1:]
        assert strip_prefixes(letter.subject) == f"[{ticket['number']}] Сервер не отвечает"
        assert letter.html.startswith("<!DOCTYPE html>")


@pytest.mark.rule("WIS-05", "MIC-12")
async def test_each_part_of_a_request_gets_a_letter_with_its_own_number(anna: Writer) -> None:
    ticket = await opened(anna)
    parts = [{"subject": name, "description": f"{name} не работает"} for name in ("Почта", "Диск")]
    split = await anna.desk.act(ticket["id"], "split", {"parts": parts})
    letters = await anna.received(3)
    children = [await anna.desk.ticket(each["ticket"]) for each in split["links"]]
    numbers = {child["number"] for child in children if child["id"] != ticket["id"]}
    assert len(numbers) == len(parts)
    for number in numbers:
        (letter,) = (each for each in letters if number in each.subject)
        assert ticket["number"] in letter.text
        answered = await anna.sent(anna.letter("Спасибо", answers=letter, body="Жду"))
        child = next(each for each in children if each["number"] == number)
        assert answered["ticket"] == child["id"]


async def test_a_merged_request_goes_on_under_a_number_that_is_told(anna: Writer) -> None:
    one, other = await opened(anna, "Принтер"), await opened(anna, "Принтер снова")
    await anna.desk.act(one["id"], "merge", {"into": other["id"]})

    async def look() -> MailMessage | None:
        found = await anna.inbox()
        return next(
            (
                each
                for each in found
                if other["number"] in each.text and one["number"] in each.subject
            ),
            None,
        )

    letter = await anna.desk.system.until(look, "the letter about the merge")
    assert letter.headers["auto-submitted"] == ("auto-generated",)


async def test_a_desk_looks_at_a_letter_and_sends_itself_one(site: System, anna: Writer) -> None:
    shown: dict[str, Any] = await anna.desk.get("/desks/remsys/letters/closed/preview?locale=en")
    assert shown["subject"].startswith("[REM-0")
    colleague = Writer(desk=anna.desk, address=site.address("colleague"))
    body = {"to": colleague.address, "locale": "en"}
    key = site.key("remsys", "agent")
    await site.call("POST", "/desks/remsys/letters/closed/test", key=key, body=body)
    (letter,) = await colleague.received(1)
    assert parseaddr(letter.from_)[1] == anna.desk.mailbox
    assert letter.text.splitlines() == shown["text"].splitlines()
