"""sla-clock's process on a real PostgreSQL, fed with events as its consumer feeds it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from reglament import clock
from reglament.events.envelope import Envelope
from reglament.events.registry import Actor, ContentRef, Event
from reglament.events.tickets import MessageAdded, TicketOpened
from reglament.http.tokens import signed_token
from reglament.ids import new_id
from reglament.runtime import Runtime
from reglament.testing import SYSTEM, Author
from sla_clock.app import consumption, create_app
from sla_clock.settings import Settings
from tests.support import feeding
from tests.support.stack import Databases

SECRET = "secret-of-thirty-two-bytes-or-more"  # noqa: S105 - of tests
CONTENT = ContentRef(id="c", version=1, digest="-")
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
ENGINEER = Actor(kind="engineer", id="anna")
POLICY: dict[str, Any] = {
    "desk": "north",
    "name": "North",
    "time_zone": "UTC",
    "number": "N-{sequence}",
    "calendars": {
        "always": {"hours": "24x7"},
        "office": {"hours": {"mon-fri": ["09:00-18:00"]}, "holidays": ["2026-11-19"]},
    },
    "channels": {"web": {"accept": "always"}},
    "priorities": {"default": "normal", "levels": ["normal", "low"]},
    "reasons": {"excuse": ["force_majeure"]},
    "sla": {
        "targets": [
            {"metric": "first_response", "within": "1h", "calendar": "always", "at_risk": []},
            {
                "metric": "handling",
                "within": "16h",
                "calendar": "office",
                "at_risk": [50],
                "pauses": ["waiting"],
            },
        ]
    },
}


def opened(at: datetime, **particulars: Any) -> TicketOpened:
    """A conforming request."""
    filled = {"number": "N-1", "channel": "web", "requester": "r", "priority": "normal"}
    return TicketOpened(at=at, actor=SYSTEM, content=CONTENT, **{**filled, **particulars})


def answered(at: datetime) -> MessageAdded:
    """The desk's person writes to the client."""
    return MessageAdded(
        at=at,
        actor=ENGINEER,
        message=new_id(),
        visibility="public",
        author_kind="engineer",
        channel="web",
        content=CONTENT,
    )


def author(ticket: str, desk: str = "north", **more: Any) -> Author:
    """Events of intake about the ticket, recorded as they happen."""
    plain = {"source": "/reglament/intake", "recorded_at": BEGINNING}
    return Author(subject=ticket, desk=desk, **{**plain, **more})


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocked:
    """The running application: its runtime, and a client."""

    runtime: Runtime
    client: httpx.AsyncClient

    async def feed(self, *envelopes: Envelope) -> None:
        """Take a batch of events in one transaction, as the consumer does."""
        await feeding.feed(self.runtime, consumption(self.runtime), *envelopes)

    async def tell(self, *events: Event, desk: str = "north") -> str:
        """A ticket to which this happened."""
        ticket = new_id()
        await self.feed(*author(ticket, desk).history(*events))
        return ticket

    async def call(
        self, method: str, path: str, body: Any = None, *, key: str = "admin", **more: Any
    ) -> httpx.Response:
        """A request to `/v1…`."""
        headers = {"Authorization": f"Bearer {key}", **more.pop("headers", {})}
        return await self.client.request(method, f"/v1{path}", json=body, headers=headers, **more)

    async def said(self, ticket: str) -> list[Envelope]:
        """What was said of the ticket's clocks."""
        return list(await self.runtime.store.load(f"ticket/{ticket}"))

    async def types(self, ticket: str) -> list[str]:
        """Type and metric of what was said."""
        return [f"{one.type} {getattr(one.event, 'metric', '')}" for one in await self.said(ticket)]


def token(role: str, desk: str, subject: str) -> str:
    """A signed token of that person."""
    claims = {"sub": subject, "role": role, "desk": desk}
    return signed_token(SECRET, claims, clock.now() + timedelta(hours=1))


def settings_for(database: str, **more: Any) -> Settings:
    """Its api alone, unless told otherwise."""
    plain = {"kafka": "127.0.0.1:1", "roles": {"api"}, "secret": SECRET, "admin_key": "admin"}
    return Settings.model_validate({"database": database, **plain, **more})


@pytest.fixture
async def clocked(postgres: Databases) -> AsyncIterator[Clocked]:
    """sla-clock with its api alone, two desks' rules known."""
    app = create_app(settings_for(await postgres()))
    async with app.router.lifespan_context(app):
        await feeding.publish(app.state.runtime, POLICY)
        await feeding.publish(app.state.runtime, {**POLICY, "desk": "south"})
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://sla") as client:
            yield Clocked(runtime=app.state.runtime, client=client)
