"""Letters: from the event to the mail server and back on record."""

from datetime import timedelta

import pytest

from reglament.events.tickets import (
    DeliveryReported,
)
from reglament.ids import new_id
from reglament.mail.message_ids import own_message_id
from reglament.testing import AT, SYSTEM
from tests.integration.notifier.conftest import SECRET, Process, author, opened

pytestmark = pytest.mark.integration


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
