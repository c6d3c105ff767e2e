"""Letters that wait for what they are made of ask together."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from notifier.projections import letters as rows
from notifier.projections.material import LOOK_UP, SENT_TO, Materials
from reglament.ids import new_id
from tests.integration.notifier.conftest import Process, opened
from tests.support.statements import planned_anew

pytestmark = pytest.mark.integration


class Counted:
    """A pool whose questions are counted."""

    def __init__(self, pool: Any) -> None:
        self.asked, self._pool = 0, pool

    async def fetch(self, *said: Any) -> Any:
        """As the pool does."""
        self.asked += 1
        return await self._pool.fetch(*said)


async def claimed(process: Process) -> list[rows.Due]:
    async with process.runtime.pool.acquire() as connection:
        return await rows.claim(connection, process.now(), 20, "0")


async def test_each_gets_its_own_person_text_and_ticket_in_one_round_trip(
    process: Process,
) -> None:
    people = [f"person-{number}" for number in range(5)]
    for number, person in enumerate(people):
        await process.contact(person, name=f"Name {number}")
    await process.content(subject="Printer")
    await process.feed(*(opened(new_id(), requester=person) for person in people))
    letters, pool = await claimed(process), Counted(process.runtime.pool)
    materials = Materials(pool)
    found = await asyncio.gather(*(materials.of(due) for due in letters))
    assert pool.asked == 1
    assert len(found) == len(people)
    for due, one in zip(letters, found, strict=True):
        assert one.contact is not None
        assert one.contact.email == f"{due.recipient}@client.example"
        assert one.opening == {"subject": "Printer"}
        assert one.ticket is not None
        assert one.ticket.requester == due.recipient
        assert one.first == due.message_id


async def test_what_is_not_here_yet_is_nothing_to_its_neighbours(process: Process) -> None:
    await process.contact("known")
    await process.content(subject="Printer")
    await process.feed(opened(new_id(), requester="known"), opened(new_id(), requester="unknown"))
    letters, materials = await claimed(process), Materials(process.runtime.pool)
    found = await asyncio.gather(*(materials.of(due) for due in letters))
    by_person = {due.recipient: one.contact for due, one in zip(letters, found, strict=True)}
    assert by_person["known"] is not None
    assert by_person["unknown"] is None


async def test_each_address_is_counted_by_itself(process: Process) -> None:
    materials, since = Materials(process.runtime.pool), process.now() - timedelta(hours=1)
    await process.contact()
    await process.content(subject="Printer")
    await process.feed(opened(new_id()))
    assert await process.sender.turn() == 1
    async with process.runtime.pool.acquire() as connection:
        address = await connection.fetchval("SELECT address_hash FROM letters")
    counts = await asyncio.gather(
        materials.sent_to("nobody", since), materials.sent_to(address, since)
    )
    assert list(counts) == [0, 1]


async def test_the_plans_of_what_letters_ask_are_kept_however_few_ask(process: Process) -> None:
    asked = [[each] for each in ("requester", "r", "t", None, "o", None)]
    assert not await planned_anew(process.runtime.pool, LOOK_UP, *asked)
    assert not await planned_anew(process.runtime.pool, SENT_TO, [b"h".hex()], [process.now()])
