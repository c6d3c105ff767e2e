"""Copies of an erased person's data go, and nothing that comes later brings them back."""

from typing import Any

from reglament.events.notifications import CopiesErased
from reglament.events.topics import CONTACTS, CONTENTS
from reglament.ids import new_id
from tests.integration.notifier.conftest import Process, author
from tests.support.tickets import opened

ERASED = {"erased_at": "2026-11-23T09:00:00.000000Z", "erasure": "erasure-1"}
PERSON = {**ERASED, "contents": ["content-1"]}


async def rows(process: Process, query: str) -> list[dict[str, Any]]:
    return [dict(row) for row in await process.runtime.pool.fetch(query)]


async def said(process: Process) -> list[CopiesErased]:
    events = [one.event for one in await process.runtime.store.load("requester/r")]
    return [one for one in events if isinstance(one, CopiesErased)]


async def test_an_erased_persons_copies_go_and_that_is_said_once(process: Process) -> None:
    await process.contact()
    await process.content(subject="secret", text="secret")
    for _ in range(2):
        await process.records(CONTACTS, "r", PERSON)
    assert await rows(process, "SELECT email, name, locale, erased FROM contacts") == [
        {"email": None, "name": None, "locale": None, "erased": True}
    ]
    assert await rows(process, "SELECT parts::text, erased FROM contents") == [
        {"parts": "{}", "erased": True}
    ]
    (event,) = await said(process)
    assert (event.erasure, event.requester, event.contents) == ("erasure-1", "r", 1)


async def test_a_text_that_comes_after_its_erasure_is_not_kept(process: Process) -> None:
    await process.records(CONTACTS, "r", PERSON)
    await process.content(subject="secret", text="secret")
    (kept,) = await rows(process, "SELECT parts::text, erased FROM contents")
    assert kept == {"parts": "{}", "erased": True}


async def test_an_older_version_that_comes_later_changes_nothing(process: Process) -> None:
    await process.content(text="new", version=2)
    await process.content(text="old", version=1)
    (kept,) = await rows(process, "SELECT version, parts->>'text' AS text FROM contents")
    assert kept == {"version": 2, "text": "new"}


async def test_a_record_whose_value_is_lost_erases_nothing(process: Process) -> None:
    await process.contact()
    await process.content(text="here")
    await process.records(CONTACTS, "r", None)
    await process.records(CONTENTS, "content-1", None)
    (kept,) = await rows(process, "SELECT parts->>'text' AS text, erased FROM contents")
    assert kept == {"text": "here", "erased": False}
    assert (await rows(process, "SELECT erased FROM contacts")) == [{"erased": False}]


async def test_whoever_writes_again_is_kept_again(process: Process) -> None:
    await process.records(CONTACTS, "r", PERSON)
    await process.contact()
    (kept,) = await rows(process, "SELECT email, erased FROM contacts")
    assert kept == {"email": "r@client.example", "erased": False}


async def test_a_letter_that_waits_for_an_erased_person_is_not_sent(process: Process) -> None:
    ticket = new_id()
    await process.feed(*author(ticket).history(opened(requester="r")))
    await process.sender.turn()
    await process.records(CONTACTS, "r", PERSON)
    await process.sender.turn()
    (letter,) = await process.notifications(ticket)
    assert (letter["state"], letter["because"]) == ("suppressed", "erased")
    assert process.mail.taken == []
