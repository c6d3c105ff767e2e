"""Stored letters become tickets, messages and refusals: real PostgreSQL, real worker process."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest

from intake.domain.commands import RequestInfo
from intake.letters import register as letters
from intake.office.incoming import How
from intake.office.office import Standing
from reglament import failpoints
from reglament.clock import now
from reglament.events.administration import PolicyPublished
from reglament.events.registry import Actor
from reglament.eventstore.store import Context
from reglament.mail.message_ids import message_id, reply_address
from reglament.policy_book import keep_policy
from tests.integration.intake.channels.mail.postoffice import (
    ASKED,
    KEY,
    MAILBOX,
    POLICY,
    PostOffice,
    post_office,
)
from tests.support.stack import Databases
from tests.unit.intake.channels.mail.letters import raw_letter

pytestmark = pytest.mark.integration


@pytest.fixture
async def office(postgres: Databases) -> AsyncIterator[PostOffice]:
    async with post_office(await postgres()) as office:
        yield office
    failpoints.arm("")


async def test_a_letter_that_conforms_opens_a_ticket_with_a_number(office: PostOffice) -> None:
    letter = await office.receive()
    assert (letter.outcome, letter.rule) == ("ticket", "request")
    assert "TicketOpened" in await office.types(letter.ticket)
    assert await office.number(letter.ticket) == "ANY-000001"


async def test_its_time_is_when_the_mail_server_took_it(office: PostOffice) -> None:
    letter = await office.receive()
    opened = await office.data(letter.ticket)
    assert datetime.fromisoformat(opened["at"]) == letter.received_at


async def test_a_letter_that_lacks_something_is_returned_and_the_reply_opens_it(
    office: PostOffice,
) -> None:
    letter = await office.receive("On fire")
    assert (letter.outcome, letter.rule) == ("returned", "field-missing")
    ours = message_id(KEY, ticket=letter.ticket or "", effect="x", domain="desk.example")
    answer = await office.receive("Version: 5", {"In-Reply-To": ours})
    assert (answer.outcome, answer.ticket) == ("ticket", letter.ticket)
    assert await office.number(letter.ticket) == "ANY-000001"
    assert (await office.types(letter.ticket))[:3] == [
        "TicketReturned",
        "InfoProvided",
        "TicketOpened",
    ]


async def test_a_reply_that_still_lacks_it_stays_returned(office: PostOffice) -> None:
    letter = await office.receive("On fire")
    number = await office.number(letter.ticket)
    answer = await office.receive("Please help", {"Subject": f"Отв: {number}"})
    assert (answer.outcome, answer.rule, answer.ticket) == ("returned", "number", letter.ticket)


async def test_a_reply_to_our_letter_joins_the_ticket_whoever_writes(office: PostOffice) -> None:
    letter = await office.receive()
    address = reply_address(KEY, ticket=letter.ticket or "", mailbox=MAILBOX)
    answer = await office.receive("More", {"To": address, "From": "bob@customer.example"})
    assert (answer.outcome, answer.rule) == ("message", "reply-address")
    assert (await office.types(letter.ticket))[-1] == "MessageAdded"


async def test_a_number_joins_its_participant_and_not_a_stranger(office: PostOffice) -> None:
    letter = await office.receive()
    subject = {"Subject": f"Re: [{await office.number(letter.ticket)}]"}
    own = await office.receive("More", subject)
    assert (own.outcome, own.rule, own.ticket) == ("message", "number", letter.ticket)
    strange = await office.receive(f"{ASKED}!", {**subject, "From": "eve@x.example"})
    assert (strange.outcome, strange.rule) == ("ticket", "maybe-related")
    assert (await office.data(strange.ticket))["maybe_related"] == letter.ticket


async def test_labelled_lines_answer_what_was_asked_for(office: PostOffice) -> None:
    letter = await office.receive()
    asked = RequestInfo(at=now(), actor=Actor(kind="engineer", id="eva"), items=("version",))
    standing = Standing(ticket=letter.ticket or "", desk="any")
    how = How(actor=asked.actor, entered_by="engineer", context=Context(recorded_at=asked.at))
    await office.post.office.act(standing, asked, how)
    subject = {"Subject": f"Re: {await office.number(letter.ticket)}"}
    answer = await office.receive("Version: 6", subject)
    assert (answer.outcome, answer.rule) == ("message", "information")
    assert (await office.types(letter.ticket))[-1] == "InfoProvided"


async def test_the_same_letter_again_is_a_duplicate(office: PostOffice) -> None:
    same: dict[str, str | None] = {"Message-ID": "<same@x>"}
    first = await office.receive(headers=same)
    again = await office.receive(headers={**same, "Received": "by another.example"})
    assert (again.outcome, again.rule, again.ticket) == ("duplicate", "same-letter", first.ticket)
    poisoned = await office.receive(f"{ASKED}?", {**same, "From": "eve@x.example"})
    assert poisoned.outcome == "ticket"


async def test_the_same_request_again_joins_the_first(office: PostOffice) -> None:
    first = await office.receive()
    again = await office.receive()
    assert (again.outcome, again.rule, again.ticket) == ("duplicate", "same-request", first.ticket)
    assert (await office.types(first.ticket))[-1] == "DuplicateJoined"


async def test_a_refused_letter_registers_nothing_and_says_so(office: PostOffice) -> None:
    await _publish(office, {**POLICY, "entitlement": {"needs": "contract"}})
    letter = await office.receive()
    assert (letter.outcome, letter.rule, letter.ticket) == ("refused", "customer-unknown", None)
    assert await office.types(letter.id) == ["LetterRefused"]


async def test_what_may_not_be_answered_says_so_in_its_event(office: PostOffice) -> None:
    letter = await office.receive(headers={"Precedence": "bulk"})
    assert (await office.data(letter.ticket))["unanswered"] is True


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        ({"Auto-Submitted": "auto-replied"}, "automatic"),
        ({"From": MAILBOX}, "automatic"),
        ({"From": None}, "quarantined"),
    ],
    ids=["automatic", "own", "quarantined"],
)
async def test_what_is_no_request_touches_no_ticket(
    office: PostOffice, headers: dict[str, str | None], outcome: str
) -> None:
    letter = await office.receive(headers=headers)
    assert letter.outcome == outcome
    assert await office.pool.fetchval("SELECT count(*) FROM events") == 0


async def test_a_released_letter_is_worked_on_as_a_request(office: PostOffice) -> None:
    letter = await office.receive(headers={"Content-Type": "message/partial; id=x; number=1"})
    assert letter.outcome == "quarantined"
    assert await letters.release(office.pool, letter.id, "admin")
    await office.settle()
    found = await letters.one(office.pool, letter.id)
    assert found is not None
    assert found.outcome in ("ticket", "returned")


async def test_a_bounce_is_matched_to_its_ticket(office: PostOffice) -> None:
    letter = await office.receive()
    ours = message_id(KEY, ticket=letter.ticket or "", effect="x", domain="desk.example")
    bounce = await office.receive(
        f"550 5.1.1 user unknown\r\n\r\nMessage-ID: {ours}\r\n",
        {"From": "MAILER-DAEMON@mx.example", "Subject": "Undelivered Mail"},
    )
    assert (bounce.outcome, bounce.rule, bounce.ticket) == ("report", "failed", letter.ticket)
    assert (await office.types(letter.ticket))[-1] == "DeliveryReported"


@pytest.mark.parametrize("point", ["mail.before_effect", "mail.after_effect"])
async def test_a_fault_round_the_effect_leaves_one_outcome_and_one_effect(
    office: PostOffice, point: str
) -> None:
    failpoints.arm(f"{point}:raise")
    await office.put(raw_letter(ASKED))
    await office.settle()
    await office.pool.execute("UPDATE letters SET due_at = clock_timestamp()")
    await office.settle()
    (letter,) = await letters.find(office.pool, letters.Search())
    assert letter.outcome == "ticket"
    assert (await office.types(letter.ticket)).count("TicketOpened") == 1


async def test_a_letter_to_a_desk_without_rules_waits(office: PostOffice) -> None:
    await office.put(raw_letter(ASKED))
    await office.pool.execute("UPDATE letters SET desk = 'other'")
    await office.settle()
    (letter,) = await letters.find(office.pool, letters.Search())
    assert letter.outcome is None


async def _publish(office: PostOffice, document: dict[str, Any]) -> None:
    event = PolicyPublished(
        at=now(),
        actor=Actor(kind="system", id="test"),
        desk="any",
        version=2,
        document=document,
        digest="y",
    )
    async with office.pool.acquire() as connection:
        await keep_policy(connection, event)
    await office.post.doors.policies.refresh()
