"""Senders that are woken, killed, stopped, that share their letters."""

import asyncio
from datetime import timedelta

import pytest

from notifier.projections import letters as rows
from reglament.ids import new_id
from tests.integration.notifier.conftest import Process, opened
from tests.support.crowding import crowding
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration


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
