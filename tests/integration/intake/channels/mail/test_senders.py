"""Who may write how much, what is answered, and whose word a letter is."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from intake.channels.mail.classify import Ourselves
from intake.letters import register as letters
from intake.projections.engineers import Engineers
from intake.projections.history import History
from intake.projections.ticket_view import TicketView
from reglament.events.escalations import EngineerRegistered
from reglament.events.notifications import NotificationSent
from reglament.events.relations import TicketMerged
from reglament.mail.message_ids import message_id
from reglament.projections import ProjectionRunner
from reglament.testing import AT, SYSTEM, Author
from tests.integration.intake.channels.mail.postoffice import (
    ASKED,
    KEY,
    MAILBOX,
    POLICY,
    PostOffice,
    post_office,
)
from tests.support.stack import Databases

pytestmark = pytest.mark.integration
SERVER = "mx.desk.example"
EVA = "eva@desk.example"
WITH_SERVER = Ourselves(addresses=frozenset({MAILBOX}), servers=frozenset({SERVER}), secret=KEY)
VOUCHED = {"Authentication-Results": f"{SERVER}; dmarc=pass"}
NONE_SAID = {"Authentication-Results": f"{SERVER}; spf=none"}


@pytest.fixture
async def office(postgres: Databases) -> AsyncIterator[PostOffice]:
    limits = {"limit_per_desk": "6/h", "limit_unproven": ["1/10m", "5/d"]}
    mailbox = {**POLICY["mailbox"], "limit_per_sender": "8/h"}
    policy = {**POLICY, "notifications": limits, "mailbox": mailbox}
    async with post_office(await postgres(), policy, WITH_SERVER) as office:
        yield office


async def hires(office: PostOffice) -> None:
    event = EngineerRegistered(
        at=AT, actor=SYSTEM, engineer="eva", desk="any", name="Eva", email=EVA, level="L1"
    )
    await told(office, Engineers(), event, "any/eva")


async def told(office: PostOffice, projection: Any, event: Any, subject: str) -> None:
    author = Author(source="/reglament/escalation", subject=subject, desk="any")
    async with office.pool.acquire() as connection, connection.transaction():
        await ProjectionRunner(projection).apply(connection, author.history(event))


async def answered(office: PostOffice, headers: dict[str, str | None]) -> list[bool]:
    """Whether each of four different requests of one sender may be answered."""
    found = []
    for n in range(4):
        letter = await office.receive(f"{ASKED} {n}", headers)
        found.append(not (await office.data(letter.ticket)).get("unanswered", False))
    return found


async def test_who_proves_nothing_is_answered_once_in_ten_minutes(office: PostOffice) -> None:
    assert await answered(office, {**NONE_SAID}) == [True, False, False, False]


async def test_who_is_vouched_for_is_answered_until_the_desk_has_written_enough(
    office: PostOffice,
) -> None:
    assert await answered(office, {**VOUCHED}) == [True] * 4
    bob = {**VOUCHED, "From": "bob@customer.example"}
    assert await answered(office, {**bob}) == [True, True, False, False]


async def test_ten_thousand_forged_requests_bring_their_victim_one_letter(
    office: PostOffice,
) -> None:
    for n in range(12):
        await office.receive(f"{ASKED} {n}", {"From": "victim@elsewhere.example", **NONE_SAID})
    query = (
        "SELECT count(*) FILTER (WHERE answered), count(*) FILTER (WHERE rule = $1) FROM letters"
    )
    assert tuple(await office.pool.fetchrow(query, "too-many-letters")) == (1, 4)


async def test_too_many_letters_of_one_sender_wait_for_an_admin_who_lets_them_go_on(
    office: PostOffice,
) -> None:
    fates = [await office.receive(f"{ASKED} {n}", {**VOUCHED}) for n in range(9)]
    assert [fate.outcome for fate in fates] == ["ticket"] * 8 + ["quarantined"]
    assert fates[-1].rule == "too-many-letters"
    other = await office.receive(headers={**VOUCHED, "From": "bob@customer.example"})
    assert other.outcome == "ticket"
    assert await letters.release(office.pool, fates[-1].id, "admin")
    assert not await letters.release(office.pool, fates[-1].id, "admin")
    await office.settle()
    released = await letters.one(office.pool, fates[-1].id)
    assert released is not None
    assert released.outcome == "ticket"
    query = "SELECT count(*) FROM events WHERE subject = $1 AND type = 'TicketOpened'"
    assert await office.pool.fetchval(query, released.ticket) == 1


async def test_an_engineers_mailed_answer_is_the_engineers(office: PostOffice) -> None:
    await hires(office)
    ticket = (await office.receive(headers={**VOUCHED})).ticket or ""
    ours = message_id(KEY, ticket=ticket, effect="x", domain="desk.example")
    mail: dict[str, str | None] = {"From": EVA, "In-Reply-To": ours}
    letter = await office.receive("Restart it.", {**mail, **VOUCHED})
    assert (letter.outcome, letter.ticket) == ("message", ticket)
    message = await office.data(ticket, len(await office.types(ticket)))
    assert (message["author_kind"], message["visibility"]) == ("engineer", "public")
    assert message["actor"] == {"kind": "engineer", "id": "eva"}


async def test_a_number_is_enough_from_an_engineer_who_is_vouched_for(office: PostOffice) -> None:
    await hires(office)
    first = await office.receive(headers={**VOUCHED})
    subject = {"Subject": f"Re: {await office.number(first.ticket)}", "From": EVA}
    letter = await office.receive("Restart it.", {**subject, **VOUCHED})
    assert (letter.outcome, letter.rule, letter.ticket) == ("message", "number", first.ticket)


async def test_a_letter_in_an_engineers_name_changes_nothing(office: PostOffice) -> None:
    await hires(office)
    ticket = (await office.receive(headers={**VOUCHED})).ticket or ""
    ours = message_id(KEY, ticket=ticket, effect="x", domain="desk.example")
    before = await office.types(ticket)
    letter = await office.receive("It is solved", {"From": EVA, "In-Reply-To": ours, **NONE_SAID})
    assert (letter.outcome, letter.rule) == ("quarantined", "engineer-unproven")
    assert await office.types(ticket) == before


async def test_where_no_server_vouches_a_letter_that_only_engineers_got_is_the_proof(
    office: PostOffice,
) -> None:
    await hires(office)
    office.us = Ourselves(addresses=frozenset({MAILBOX}), servers=frozenset(), secret=KEY)
    ticket = (await office.receive()).ticket or ""
    alarm = message_id(KEY, ticket=ticket, effect="escalated-1", domain="desk.example")
    mail: dict[str, str | None] = {"From": EVA, "In-Reply-To": alarm}
    assert (await office.receive("Done", mail)).rule == "engineer-unproven"
    sent = NotificationSent(
        at=AT, actor=SYSTEM, template="escalated", to="engineer", message_id=alarm, effect="e"
    )
    await told(office, History(), sent, ticket)
    assert (await office.receive("Done at last", mail)).outcome == "message"


async def test_a_letter_to_a_merged_ticket_goes_to_its_target(office: PostOffice) -> None:
    first = await office.receive(headers={**VOUCHED})
    second = await office.receive(f"{ASKED} else", {**VOUCHED})
    merged = TicketMerged(at=AT, actor=SYSTEM, into=second.ticket or "")
    await told(office, TicketView(), merged, first.ticket or "")
    ours = message_id(KEY, ticket=first.ticket or "", effect="x", domain="desk.example")
    letter = await office.receive("More", {**VOUCHED, "In-Reply-To": ours})
    assert (letter.outcome, letter.ticket) == ("message", second.ticket)
