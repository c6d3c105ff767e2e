"""What letters say, and to which thread they belong."""

import pytest

from reglament.events.registry import Actor, ContentRef
from reglament.events.tickets import (
    BrokenRule,
    LetterRefused,
    MessageAdded,
    Resolved,
    TicketReturned,
)
from reglament.ids import new_id
from reglament.testing import AT, SYSTEM
from tests.integration.notifier.conftest import CONTENT, Process, author, opened, plain

pytestmark = pytest.mark.integration
ANNA = Actor(kind="engineer", id="anna")


async def test_an_engineers_answer_stays_in_the_requesters_thread(process: Process) -> None:
    ticket = new_id()
    await process.contact()
    await process.content(subject="Принтер")
    await process.content("content-2", text="Restart it.")
    first = opened(ticket, channel="email", message_id="<mine@client.example>")
    answer = MessageAdded(
        at=AT,
        actor=ANNA,
        message="m",
        visibility="public",
        author_kind="engineer",
        channel="email",
        content=ContentRef(id="content-2", version=1, digest="-"),
    )
    await process.feed(first, *author(ticket).history(answer, after=first))
    await process.sender.turn()
    confirmation, letter = process.mail.taken
    assert letter["Auto-Submitted"] is None
    assert "Restart it." in plain(letter)
    assert str(letter["References"]).split() == [
        "<mine@client.example>",
        str(confirmation["Message-ID"]),
    ]
    assert str(confirmation["In-Reply-To"]) == "<mine@client.example>"
    assert str(letter["Subject"]) == str(confirmation["Subject"])


@pytest.mark.rule("WIS-06")
async def test_a_returned_request_is_told_what_to_add_in_the_requesters_language(
    process: Process,
) -> None:
    await process.contact(locale="fr-FR")
    await process.content(subject="x")
    event = TicketReturned(
        at=AT,
        actor=SYSTEM,
        number="N-000002",
        channel="web",
        requester="r",
        content=CONTENT,
        priority="normal",
        violations=(BrokenRule(rule="field-missing", field="fields.version"),),
    )
    await process.feed(*author(new_id()).history(event))
    await process.sender.turn()
    text = plain(process.mail.taken[0])
    assert "version" in text
    assert "Bonjour" in text


async def test_a_refused_letter_is_answered_and_registers_nothing(process: Process) -> None:
    letter = new_id()
    await process.contact()
    event = LetterRefused(
        at=AT,
        actor=SYSTEM,
        requester="r",
        kind="not-entitled",
        violations=(BrokenRule(rule="customer-unknown"),),
        message_id="<theirs@client.example>",
    )
    await process.feed(*author(letter).history(event))
    await process.sender.turn()
    assert str(process.mail.taken[0]["In-Reply-To"]) == "<theirs@client.example>"
    assert await process.types(letter) == []


@pytest.mark.rule("EIL-16")
async def test_a_callback_that_was_asked_for_is_due_twice(process: Process) -> None:
    ticket = new_id()
    first = opened(ticket, callback=True)
    resolved = Resolved(at=AT, actor=ANNA, content=CONTENT)
    await process.feed(first, *author(ticket).history(resolved, after=first))
    events = await process.runtime.store.load(f"ticket/{ticket}")
    assert [getattr(each.event, "purpose", None) for each in events] == ["confirmation", "answer"]


async def test_files_of_an_answer_are_to_be_had_on_the_portal(process: Process) -> None:
    ticket = new_id()
    await process.contact()
    await process.content(subject="Printer")
    await process.content("content-2", text="See the file.", attachments=[{"name": "шаги.pdf"}])
    first = opened(ticket)
    answer = MessageAdded(
        at=AT,
        actor=ANNA,
        message="m-1",
        visibility="public",
        author_kind="engineer",
        channel="email",
        content=ContentRef(id="content-2", version=1, digest="-"),
    )
    await process.feed(first, *author(ticket).history(answer, after=first))
    await process.sender.turn()
    text = plain(process.mail.taken[-1])
    assert "- шаги.pdf" in text
    assert f"http://front.example/portal/tickets/{ticket}#token=" in text
