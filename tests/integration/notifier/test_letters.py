"""Letters: from the event to the mail server and back on record."""

import asyncio
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from notifier.projections import letters as rows
from reglament.events.envelope import Envelope
from reglament.events.registry import Actor, ContentRef
from reglament.events.tickets import (
    BrokenRule,
    DeliveryReported,
    LetterRefused,
    MessageAdded,
    Resolved,
    TicketOpened,
    TicketReturned,
)
from reglament.ids import new_id
from reglament.mail.message_ids import own_message_id
from reglament.testing import AT, SYSTEM
from tests.integration.notifier.conftest import CONTENT, SECRET, Process, author
from tests.support.crowding import crowding
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration
ANNA = Actor(kind="engineer", id="anna")


def opened(ticket: str, **more: Any) -> Envelope:
    said: dict[str, Any] = {"channel": "web", "requester": "r", "priority": "normal", **more}
    event = TicketOpened(at=AT, actor=SYSTEM, number="N-000001", content=CONTENT, **said)
    (envelope,) = author(ticket).history(event)
    return envelope


def plain(letter: EmailMessage) -> str:
    """The text part, as a reader without HTML sees it."""
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@pytest.mark.rule("WIS-04")
async def test_a_confirmation_goes_out_once_and_on_record(process: Process) -> None:
    ticket = new_id()
    await process.contact()
    await process.content(subject="Принтер")
    await process.feed(opened(ticket))
    assert await process.sender.turn() == 1
    assert await process.sender.turn() == 0
    (letter,) = process.mail.taken
    assert "N-000001" in str(letter["Subject"])
    assert letter["Auto-Submitted"] == "auto-replied"
    assert process.mail.senders == ["support@north.example"]
    own = own_message_id(SECRET, str(letter["Message-ID"]))
    assert own is not None
    assert own.ticket == ticket
    assert await process.types(ticket) == ["NotificationSent"]
    (shown,) = await process.notifications(ticket)
    assert (shown["state"], shown["template"]) == ("sent", "confirmation")


async def test_the_same_event_taken_twice_makes_one_letter(process: Process) -> None:
    await process.contact()
    await process.content(subject="x")
    envelope = opened(new_id())
    await process.feed(envelope)
    await process.feed(envelope)
    assert await process.sender.turn() == 1


@pytest.mark.rule("WIS-04")
async def test_a_letter_put_off_by_the_server_comes_again_with_the_same_id(
    process: Process,
) -> None:
    ticket = new_id()
    await process.contact()
    await process.content(subject="x")
    await process.feed(opened(ticket))
    process.mail.script = ["451 greylisted"]
    await process.sender.turn()
    (waiting,) = await process.notifications(ticket)
    assert (waiting["state"], waiting["because"]) == ("ready", "smtp-451")
    assert await process.types(ticket) == []
    process.now.by += timedelta(seconds=10)
    await process.sender.turn()
    (letter,) = process.mail.taken
    assert letter["Message-ID"] == waiting["message_id"]
    assert await process.types(ticket) == ["NotificationSent"]


async def test_a_letter_refused_for_good_is_a_failure_on_record(process: Process) -> None:
    ticket = new_id()
    await process.contact()
    await process.content(subject="x")
    await process.feed(opened(ticket))
    process.mail.script = ["550 no such user"]
    await process.sender.turn()
    assert await process.types(ticket) == ["NotificationFailed"]
    process.now.by += timedelta(days=1)
    assert await process.sender.turn() == 0


async def test_a_letter_waits_for_its_contact_and_its_words(process: Process) -> None:
    ticket = new_id()
    await process.feed(opened(ticket))
    await process.sender.turn()
    assert process.mail.taken == []
    assert (await process.notifications(ticket))[0]["state"] == "waiting"
    await process.contact()
    await process.sender.turn()
    assert process.mail.taken == []
    await process.content(subject="Принтер")
    await process.sender.turn()
    assert len(process.mail.taken) == 1


async def test_a_sender_that_died_leaves_its_letter_to_another(process: Process) -> None:
    ticket = new_id()
    await process.contact()
    await process.content(subject="x")
    await process.feed(opened(ticket))
    process.mail.script = ["421 closing"]
    async with process.runtime.pool.acquire() as connection:
        await connection.execute(
            "UPDATE letters SET lease_epoch = 7, lease_until = now() + interval '1 minute'"
        )
    assert await process.sender.turn() == 0
    process.now.by += timedelta(minutes=3)
    process.mail.script = []
    assert await process.sender.turn() == 1
    assert await process.types(ticket) == ["NotificationSent"]


async def test_a_letter_that_cannot_be_written_holds_up_no_other(process: Process) -> None:
    broken, whole = new_id(), new_id()
    await process.contact()
    await process.content(subject="x")
    await process.feed(opened(broken), opened(whole))
    async with process.runtime.pool.acquire() as connection:
        await connection.execute(
            "UPDATE letters SET template = 'no_such' WHERE subject = $1", broken
        )
    await process.sender.turn()
    assert len(process.mail.taken) == 1
    assert (await process.notifications(broken))[0]["because"] == "internal-fault"
    assert await process.types(whole) == ["NotificationSent"]


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


async def test_no_address_gets_more_automatic_letters_than_the_desk_allows(
    process: Process,
) -> None:
    await process.contact()
    await process.content(subject="x")
    tickets = [new_id() for _ in range(3)]
    await process.feed(*(opened(ticket) for ticket in tickets))
    await process.sender.turn()
    assert len(process.mail.taken) == 2
    (held,) = await process.notifications(tickets[-1])
    assert (held["state"], held["because"]) == ("suppressed", "limit-per-address")
    assert await process.types(tickets[-1]) == ["NotificationFailed"]


async def test_no_letter_goes_to_a_desks_own_mailbox(process: Process) -> None:
    ticket = new_id()
    await process.contact(email="Support@north.example")
    await process.content(subject="x")
    await process.feed(opened(ticket))
    await process.sender.turn()
    assert process.mail.taken == []
    assert (await process.notifications(ticket))[0]["because"] == "own-address"


async def test_an_erased_person_gets_no_letter(process: Process) -> None:
    ticket = new_id()
    await process.records("reglament.contacts.v1", "r", {"erased_at": "2026-11-20T00:00:00Z"})
    await process.feed(opened(ticket))
    await process.sender.turn()
    assert (await process.notifications(ticket))[0]["because"] == "erased"


@pytest.mark.rule("WIS-21")
async def test_a_delivery_report_is_a_bounce_of_the_letter_it_names(process: Process) -> None:
    ticket = new_id()
    await process.contact()
    await process.content(subject="x")
    first = opened(ticket)
    await process.feed(first)
    await process.sender.turn()
    message_id = str(process.mail.taken[0]["Message-ID"])
    reports = [
        DeliveryReported(at=AT, actor=SYSTEM, message_id=message_id, status=status, code="5.1.1")
        for status in ("delayed", "failed", "failed")
    ]
    await process.feed(*author(ticket).history(*reports, after=first))
    assert await process.types(ticket) == ["NotificationSent", "NotificationBounced"]
    assert (await process.notifications(ticket))[0]["state"] == "bounced"


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


async def claimed(process: Process, holder: str) -> int:
    """Letters that a process of that name has claimed, and was killed before it sent them."""
    async with process.runtime.pool.acquire() as connection:
        return len(await rows.claim(connection, process.now(), 20, holder))


async def run_until_idle(process: Process) -> None:
    stopping = asyncio.Event()
    running = asyncio.create_task(process.sender.run(stopping))
    await asyncio.sleep(1)  # that nothing happens in it is half of what is tested
    stopping.set()
    await running


async def test_a_letter_goes_out_as_soon_as_the_sender_is_woken(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifier.timers.letters.POLL_SECONDS", 3600)
    await process.contact()
    await process.content(subject="x")
    stopping = asyncio.Event()
    running = asyncio.create_task(process.sender.run(stopping))

    async def sent() -> bool:
        return len(process.mail.taken) == 1

    await process.feed(opened(new_id()))
    process.sender.wake()
    await eventually(sent, timeout=60)
    stopping.set()
    process.sender.wake()
    await running


async def test_who_starts_again_takes_back_what_it_was_sending_when_it_was_killed(
    process: Process,
) -> None:
    await process.contact()
    await process.content(subject="x")
    await process.feed(opened(new_id()))
    assert await claimed(process, "0") == 1
    await run_until_idle(process)
    assert len(process.mail.taken) == 1


async def test_what_another_is_sending_is_left_to_it_until_its_lease_ends(
    process: Process,
) -> None:
    await process.contact()
    await process.content(subject="x")
    await process.feed(opened(new_id()))
    assert await claimed(process, "1") == 1
    await run_until_idle(process)
    assert process.mail.taken == []
    process.now.by += rows.LEASE
    await run_until_idle(process)
    assert len(process.mail.taken) == 1


async def test_what_is_not_begun_when_told_to_stop_is_anybodys_at_once(process: Process) -> None:
    await process.contact()
    await process.content(subject="x")
    await process.feed(opened(new_id()))
    stopping = asyncio.Event()
    stopping.set()
    assert await process.sender.turn(stopping) == 1
    assert process.mail.taken == []
    assert await claimed(process, "1") == 1


async def test_a_text_that_arrives_waits_for_no_letter_that_is_being_tried(
    process: Process,
) -> None:
    await process.contact()
    await process.feed(opened(new_id()))
    assert await process.sender.turn() == 1
    async with process.runtime.pool.acquire() as trying, trying.transaction():
        await trying.execute("SELECT FROM letters FOR UPDATE")
        async with asyncio.timeout(2 * crowding()):
            await process.content(subject="x")
    process.now.by += timedelta(seconds=2)
    await process.sender.turn()
    assert len(process.mail.taken) == 1


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
