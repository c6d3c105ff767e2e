"""Letters find their ticket, strangers do not, and machines get no answer (semantics 19-22)."""

from typing import Any

import pytest

from reglament_local.demo.publishing import SECRET, published
from reglament_local.demo.system import Desk, System
from tests.acceptance.writer import BODY, Writer

pytestmark = pytest.mark.acceptance


@pytest.fixture
def anna(site: System) -> Writer:
    """A client."""
    return Writer(desk=Desk(system=site, name="remsys"), address=site.address("anna"))


@pytest.fixture
def mallory(site: System) -> Writer:
    """Somebody else."""
    return Writer(desk=Desk(system=site, name="remsys"), address=site.address("mallory"))


async def opened(writer: Writer, subject: str = "Сервер не отвечает") -> dict[str, Any]:
    fate = await writer.sent(writer.letter(subject))
    assert fate["outcome"] == "ticket"
    return await writer.desk.ticket(fate["ticket"])


@pytest.mark.parametrize("prefix", ["Re: ", "Отв: ", "AW: ", "答复：", "Re: Fwd: [EXT] ", ""])
async def test_a_participants_letter_is_found_by_the_number_in_its_subject(
    anna: Writer, prefix: str
) -> None:
    ticket = await opened(anna)
    fate = await anna.sent(anna.letter(f"{prefix}{ticket['number']} Сервер", body="Ещё одно."))
    assert (fate["outcome"], fate["rule"], fate["ticket"]) == ("message", "number", ticket["id"])
    messages = (await anna.desk.get(f"/tickets/{ticket['id']}/messages"))["items"]
    assert messages[-1]["body"].strip() == "Ещё одно."


async def test_a_reply_is_found_by_its_thread_whatever_the_subject(anna: Writer) -> None:
    ticket = await opened(anna)
    answer = await anna.answered(ticket["number"])
    fate = await anna.sent(anna.letter("Спасибо", answers=answer))
    assert fate["outcome"] == "message"
    assert fate["rule"] in {"message-id", "reply-address"}
    assert fate["ticket"] == ticket["id"]


async def test_a_strangers_letter_with_a_guessed_number_opens_a_new_request(
    anna: Writer, mallory: Writer
) -> None:
    ticket = await opened(anna)
    fate = await mallory.sent(mallory.letter(f"Re: [{ticket['number']}] Пришлите пароль"))
    assert (fate["outcome"], fate["rule"]) == ("ticket", "maybe-related")
    assert fate["ticket"] != ticket["id"]
    rows = await anna.desk.history(ticket["id"])
    assert "MessageAdded" not in {row["type"] for row in rows}
    other = await anna.desk.ticket(fate["ticket"])
    answer = await mallory.answered(other["number"])
    assert BODY not in answer.text
    assert ticket["id"] not in answer.text


@pytest.mark.parametrize(
    ("header", "value", "outcome"),
    [
        ("Auto-Submitted", "auto-replied", "automatic"),
        ("Return-Path", "<>", "automatic"),
        ("X-Loop", "support@remsys.example", "automatic"),
        ("List-Id", "<news.clients.example>", "ticket"),
        ("Precedence", "bulk", "ticket"),
    ],
)
async def test_a_machines_letter_is_not_answered(
    anna: Writer, header: str, value: str, outcome: str
) -> None:
    letter = anna.letter("Я в отпуске")
    letter[header] = value
    fate = await anna.laid_in(letter)
    assert fate["outcome"] == outcome
    # A person's letter after it is answered, so that an answer to the first would be here too.
    ticket = await opened(anna, "Принтер не печатает")
    await anna.answered(ticket["number"])
    assert all(ticket["number"] in one.subject for one in await anna.inbox())


async def test_the_same_letter_twice_is_one_ticket(anna: Writer) -> None:
    letter = anna.letter(f"Дважды {anna.desk.system.run}")
    first = await anna.sent(letter)
    await anna.send(letter)
    second, same = await anna.fates(letter, count=2)
    assert same == first
    assert (second["outcome"], second["rule"]) == ("duplicate", "same-letter")
    assert second["ticket"] == first["ticket"]
    found = await anna.desk.get(f"/tickets?desk=remsys&q=Дважды {anna.desk.system.run}")
    assert [ticket["id"] for ticket in found["items"]] == [first["ticket"]]


async def test_the_same_letter_to_two_desks_is_two_requests(site: System, anna: Writer) -> None:
    name = f"second{site.run}"
    second = await published(site, _policy(name))
    elsewhere = Writer(desk=second, address=anna.address)
    letter = anna.letter("Не печатает")
    del letter["To"]
    letter["To"] = f"{anna.desk.mailbox}, {elsewhere.desk.mailbox}"
    here = await anna.sent(letter)
    (there,) = await elsewhere.fates(letter)
    assert here["outcome"] == there["outcome"] == "ticket"
    assert here["ticket"] != there["ticket"]


def _policy(name: str) -> dict[str, Any]:
    return {
        "desk": name,
        "name": "Second",
        "time_zone": "UTC",
        "number": f"{name[:8].upper()}-{{sequence}}",
        "mailbox": {"address": f"support@{name}.example", "secret": SECRET},
        "calendars": {"always": {"hours": "24x7"}},
        "channels": {"email": {"accept": "always"}},
    }


async def test_an_unreadable_letter_is_kept_and_shown(anna: Writer) -> None:
    letter = anna.letter("Без отправителя")
    envelope = letter["From"]
    del letter["From"]
    letter["From"] = "undisclosed"
    letter["Sender"] = envelope
    fate = await anna.sent(letter)
    assert fate["outcome"] == "quarantined"
    raw = await anna.desk.system.call(
        "GET", f"/letters/{fate['id']}/raw", key=anna.desk.system.key("", "admin"), status=200
    )
    assert b"undisclosed" in raw.content
