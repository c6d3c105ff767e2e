"""The same request at the very same instant, by whatever ways, is one ticket (semantics 20)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import pytest

from intake.app import create_app
from intake.settings import Settings
from reglament.ids import new_id
from tests.integration.intake.channels.mail.postoffice import PostOffice, post_office
from tests.support.eventually import eventually
from tests.support.stack import Databases
from tests.unit.intake.channels.mail.letters import raw_letter

pytestmark = pytest.mark.integration
SECRET = "k" * 32
TEXT = "The printer is on fire."
TICKETS = "SELECT count(*) FROM events WHERE type = 'TicketOpened'"
UNDECIDED = "SELECT count(*) FROM letters WHERE outcome IS NULL"
JOINED = "SELECT count(*) FROM events WHERE type = 'DuplicateJoined'"
POLICY: dict[str, Any] = {
    "desk": "any",
    "name": "Any",
    "time_zone": "Europe/Moscow",
    "number": "ANY-{sequence:06d}",
    "mailbox": {"address": "support@desk.example", "secret": "ANY_MAILBOX"},
    "calendars": {"always": {"hours": "24x7"}},
    "channels": {"web": {"accept": "always"}, "email": {"accept": "always"}},
    "scope": "open",
    "duplicates": {"window": "24h"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Two replicas of intake, and the mail channel, on one database."""

    replicas: tuple[httpx.AsyncClient, ...]
    mail: PostOffice

    async def post(self, replica: int, subject: str) -> httpx.Response:
        """The request, under a key of its own."""
        body = {
            "channel": "web",
            "subject": subject,
            "description": TEXT,
            "requester": {"name": "Ann", "email": "ann@customer.example"},
        }
        key = {"Idempotency-Key": f'"{new_id()}"'}
        return await self.replicas[replica].post("/v1/desks/any/tickets", json=body, headers=key)


@pytest.fixture
async def house(postgres: Databases) -> AsyncIterator[House]:
    dsn = await postgres()
    settings = {"database": dsn, "kafka": "127.0.0.1:1", "roles": {"api"}, "secret": SECRET}
    replicas = []
    async with AsyncExitStack() as stack:
        mail = await stack.enter_async_context(post_office(dsn, POLICY))
        for _ in range(2):
            app = create_app(Settings.model_validate({**settings, "admin_key": "admin"}))
            await stack.enter_async_context(app.router.lifespan_context(app))
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(app=app),
                base_url="http://intake",
                headers={"Authorization": "Bearer admin"},
            )
            replicas.append(await stack.enter_async_context(client))
        mail = await stack.enter_async_context(post_office(dsn, POLICY))
        key = {"role": "integrator", "desk": "any", "subject": "crm"}
        issued = (await replicas[0].post("/v1/keys", json=key)).json()["key"]
        for client in replicas:
            client.headers["Authorization"] = f"Bearer {issued}"
            await eventually(partial(_heard, client))
        yield House(replicas=tuple(replicas), mail=mail)


async def _heard(client: httpx.AsyncClient) -> bool:
    """The replica knows the desk and the key."""
    return bool((await client.get("/v1/desks/any/policy")).is_success)


async def test_through_two_replicas_at_one_instant_it_is_one_ticket(house: House) -> None:
    for number in range(5):
        subject = f"Printer {number}"
        answers = await asyncio.gather(*(house.post(each % 2, subject) for each in range(12)))
        codes = Counter(answer.status_code for answer in answers)
        assert codes == {201: 1, 200: 11}, [each.text for each in answers]
        assert len({answer.json()["id"] for answer in answers}) == 1
    assert await house.mail.pool.fetchval(TICKETS) == 5
    assert await house.mail.pool.fetchval(JOINED) == 55


async def test_by_letter_and_by_web_at_one_instant_it_is_one_ticket(house: House) -> None:
    for number in range(8):
        named = {"Message-ID": f"<{number}@x>", "Subject": f"Printer {number}"}
        await house.mail.put(raw_letter(TEXT, named))
        await asyncio.gather(house.post(number % 2, named["Subject"]), house.mail.settle())
        await _decided(house.mail)
    assert await house.mail.pool.fetchval(TICKETS) == 8
    assert await house.mail.pool.fetchval(JOINED) == 8


async def _decided(mail: PostOffice) -> None:
    """A letter that lost the race is worked off a second later."""

    async def all_of_them() -> bool:
        await mail.settle()
        return bool(await mail.pool.fetchval(UNDECIDED) == 0)

    await eventually(all_of_them)
