"""Letters find their ticket, strangers do not, and machines get no answer (semantics 19-22)."""

from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import pytest
from imap_tools import MailMessage

from reglament.clock import now
from reglament_local.demo.letters import written
from reglament_local.demo.system import Desk, System

pytestmark = pytest.mark.acceptance

BODY = "Сервер базы данных не отвечает с утра, приложение не работает."


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Somebody who writes to a desk and reads what comes back."""

    desk: Desk
    address: str

    def letter(
        self, subject: str, *, answers: MailMessage | None = None, body: str = BODY
    ) -> EmailMessage:
        """A letter of this person to the desk."""
        to = self.desk.mailbox
        return written(sender=self.address, to=to, subject=subject, body=body, answers=answers)

    async def send(self, letter: EmailMessage) -> None:
        """Hand it to the mail server; a second time as it was the first time."""
        dated = letter["Date"].datetime if letter["Date"] else now()
        del letter["Date"]
        await self.desk.system.post.send(letter, dated)

    async def fates(self, letter: EmailMessage, count: int = 1) -> list[dict[str, Any]]:
        """What became of it, the last received first, once `count` copies have an outcome."""
        path = f"/letters?desk={self.desk.name}&message_id={letter['Message-ID']}"

        async def look() -> list[dict[str, Any]] | None:
            items: list[dict[str, Any]] = (await self.desk.get(path))["items"]
            return items if len([one for one in items if one["outcome"]]) == count else None

        return await self.desk.system.until(look, f"{count} letters with an outcome")

    async def laid_in(self, letter: EmailMessage) -> dict[str, Any]:
        """Lay it into the desk's mailbox with the mail server's own headers; its fate."""
        await self.desk.system.post.received_at(letter, self.desk.mailbox, now())
        (fate,) = await self.fates(letter)
        return fate

    async def sent(self, letter: EmailMessage) -> dict[str, Any]:
        """Send it; what became of it."""
        await self.send(letter)
        (fate,) = await self.fates(letter)
        return fate

    async def answered(self, number: str) -> MailMessage:
        """The first letter back that names the number."""

        async def look() -> MailMessage | None:
            return next((one for one in await self.inbox() if number in one.subject), None)

        return await self.desk.system.until(look, f"a letter back with {number}")

    async def inbox(self) -> list[MailMessage]:
        """All that came back so far."""
        return await self.desk.system.post.inbox(self.address)


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
    await _published(site, name)
    elsewhere = Writer(desk=Desk(system=site, name=name), address=anna.address)
    letter = anna.letter("Не печатает")
    del letter["To"]
    letter["To"] = f"{anna.desk.mailbox}, {elsewhere.desk.mailbox}"
    here = await anna.sent(letter)
    (there,) = await elsewhere.fates(letter)
    assert here["outcome"] == there["outcome"] == "ticket"
    assert here["ticket"] != there["ticket"]


async def _published(site: System, name: str) -> None:
    admin = site.key("", "admin")
    policy = {
        "desk": name,
        "name": "Second",
        "time_zone": "UTC",
        "number": f"{name[:8].upper()}-{{sequence}}",
        "mailbox": {"address": f"support@{name}.example", "secret": "LOCAL_MAILBOX"},
        "calendars": {"always": {"hours": "24x7"}},
        "channels": {"email": {"accept": "always"}},
    }
    await site.call("PUT", f"/desks/{name}/policy", key=admin, body=policy)
    body = {"role": "agent", "desk": name, "subject": "agent"}
    issued = await site.call("POST", "/keys", key=admin, body=body, status=201)
    site.ready["keys"][name] = {"agent": issued.json()["key"]}


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
