"""escalation's process on a real PostgreSQL, fed with events as its consumer feeds it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from escalation.app import consumption, create_app
from escalation.settings import EscalationSettings
from reglament.events.envelope import Envelope
from reglament.events.registry import ContentRef
from reglament.events.tickets import TicketAccepted, TicketOpened
from reglament.ids import new_id
from reglament.runtime import Runtime
from reglament.testing import AT, SYSTEM, Author
from tests.support import feeding
from tests.support.stack import Databases

SECRET = "secret-of-thirty-two-bytes-or-more"  # noqa: S105 - of tests
CONTENT = ContentRef(id="c", version=1, digest="-")
POLICY: dict[str, Any] = {
    "desk": "north",
    "name": "North",
    "time_zone": "Europe/Moscow",
    "number": "N-{sequence}",
    "calendars": {"always": {"hours": "24x7"}},
    "channels": {"web": {"accept": "always"}},
    "priorities": {"default": "normal", "levels": ["high", "normal"]},
    "causes": ["service_down"],
    "levels": [
        {"name": "L1", "languages": ["ru"]},
        {"name": "L2", "languages": ["ru", "en"], "qualifications": ["exam"]},
    ],
    "queue": {"from": "accepted", "out_of_turn": {"priority": ["high"]}},
    "escalation": [{"on": "breached", "metric": "first_response", "to": "next_level"}],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """The running application: its runtime, a client with the admin's key, the way in."""

    runtime: Runtime
    client: httpx.AsyncClient

    async def feed(self, *envelopes: Envelope) -> None:
        """Take a batch of events in one transaction, as the consumer does."""
        await feeding.feed(self.runtime, consumption(self.runtime), *envelopes)

    async def records(self, topic: str, key: str, value: dict[str, Any] | None) -> None:
        """Take a raw record, as the consumer does."""
        await feeding.hand(self.runtime, consumption(self.runtime), topic, key, value)

    async def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        """POST as the admin."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(path, json=body, headers=named)

    async def engineer(self, name: str, level: str, **more: Any) -> httpx.Response:
        """PUT an engineer of the desk."""
        body = {"name": name, "email": f"{name}@north.example", "level": level, **more}
        return await self.client.put(f"/v1/desks/north/engineers/{name}", json=body)

    async def publish(self, version: int, document: dict[str, Any]) -> None:
        """The desk's rules, in that version."""
        await feeding.publish(self.runtime, document, version)

    async def types(self, ticket: str) -> Sequence[str]:
        """The types of the ticket's own events here."""
        return [each.type for each in await self.runtime.store.load(f"ticket/{ticket}")]


def author(ticket: str) -> Author:
    """Events of intake about the ticket."""
    return Author(source="/reglament/intake", subject=ticket, desk="north")


async def accepted(process: Process, minutes: int = 0, **more: Any) -> str:
    """A ticket that came so long after AT and was accepted at once. more: priority, version."""
    ticket = new_id()
    at = AT + timedelta(minutes=minutes)
    opened = TicketOpened(
        at=at,
        actor=SYSTEM,
        number="N-1",
        channel="web",
        requester="r",
        content=CONTENT,
        priority=more.get("priority", "normal"),
    )
    accepted = TicketAccepted(at=at, actor=SYSTEM, because="registered")
    said = author(ticket).about(ticket, policy_version=more.get("version", 1))
    await process.feed(*said.history(opened, accepted))
    return ticket


@pytest.fixture
async def process(postgres: Databases) -> AsyncIterator[Process]:
    """escalation with its api alone, its desk's rules known."""
    settings = EscalationSettings.model_validate(
        {
            "database": await postgres(),
            "kafka": "127.0.0.1:1",
            "roles": {"api"},
            "secret": SECRET,
            "admin_key": "admin",
        }
    )
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        runtime: Runtime = app.state.runtime
        transport = httpx.ASGITransport(app=app)
        headers = {"Authorization": "Bearer admin"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://escalation", headers=headers
        ) as client:
            process = Process(runtime=runtime, client=client)
            await process.publish(1, POLICY)
            yield process
