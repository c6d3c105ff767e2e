"""intake's process on a real PostgreSQL, without Kafka: fed as its consumer feeds it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from intake.app import consumption, create_app
from intake.settings import Settings
from reglament.events.envelope import Envelope
from reglament.runtime import Runtime
from tests.support import feeding
from tests.support.stack import Databases

POLICY: dict[str, Any] = {
    "desk": "north",
    "name": "North",
    "time_zone": "Europe/Moscow",
    "number": "N-{sequence:04d}",
    "calendars": {"always": {"hours": "24x7"}},
    "channels": {
        "web": {"accept": "always", "preferred": True},
        "phone": {"accept": "always", "entered_by": "agent"},
        "chat": {"accept": "with_ticket"},
        "messenger": {"accept": "never"},
    },
    "contacts": {"web": "https://north.example/help"},
    "service_levels": {"base": {}, "gold": {}},
    "categories": {"error": {}, "question": {}},
    "request": {
        "description": {"required": True},
        "fields": {
            "frequency": {"required": True, "when": {"category": "error"}},
            "inn": {"type": "inn"},
        },
    },
    "duplicates": {"window": "24h"},
    "reasons": {"deferral": ["release"], "schedule": ["diagnosis"], "refusal": ["abuse"]},
}
REQUEST: dict[str, Any] = {
    "channel": "web",
    "subject": "Printer on fire",
    "description": "It burns",
    "requester": {"name": "Ann", "email": "ann@north.example"},
}


def request(**changes: Any) -> dict[str, Any]:
    """A request that the desk takes."""
    return {**REQUEST, **changes}


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """The running application: its runtime, a client, keys of the desk's people."""

    runtime: Runtime
    client: httpx.AsyncClient
    keys: dict[str, str] = field(default_factory=dict)

    async def call(
        self, method: str, path: str, body: Any = None, *, key: str = "agent", **headers: str
    ) -> httpx.Response:
        """A request to `/v1…` with the key of that person."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["Authorization"] = f"Bearer {self.keys[key]}"
        return await self.client.request(method, f"/v1{path}", json=body, headers=named)

    async def open(self, *, key: str = "agent", **changes: Any) -> dict[str, Any]:
        """A ticket that was taken."""
        answer = await self.call("POST", "/desks/north/tickets", request(**changes), key=key)
        assert answer.status_code == 201, answer.text
        ticket: dict[str, Any] = answer.json()
        return ticket

    async def act(self, ticket: str, what: str, body: Any, **more: Any) -> dict[str, Any]:
        """A command that was carried out."""
        answer = await self.call("POST", f"/tickets/{ticket}/{what}", body, **more)
        assert answer.status_code == 200, answer.text
        after: dict[str, Any] = answer.json()
        return after

    async def get(self, path: str, *, key: str = "agent") -> Any:
        """What is there."""
        answer = await self.call("GET", path, key=key)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def types(self, ticket: str) -> list[str]:
        """The types of the ticket's history."""
        found = await self.get(f"/tickets/{ticket}/history")
        return [row["type"] for row in found["items"]]

    async def publish(self, **changes: Any) -> None:
        """The desk's rules, with what the test is about."""
        policy = {**POLICY, **changes}
        answer = await self.call("PUT", f"/desks/{policy['desk']}/policy", policy, key="admin")
        assert answer.status_code in {200, 201}, answer.text

    async def issue(self, name: str, **body: Any) -> None:
        """A key for a person, known as `name`."""
        answer = await self.call("POST", "/keys", body, key="admin")
        assert answer.status_code == 201, answer.text
        self.keys[name] = answer.json()["key"]

    async def feed(self, *envelopes: Envelope) -> None:
        """Take a batch of events in one transaction, as the consumer does."""
        await feeding.feed(self.runtime, consumption(self.runtime), *envelopes)


@pytest.fixture
async def intake(postgres: Databases) -> AsyncIterator[Intake]:
    """intake with its api alone, one desk published, an agent, two requesters, a stranger."""
    settings = Settings.model_validate(
        {
            "database": await postgres(),
            "kafka": "127.0.0.1:1",
            "roles": {"api"},
            "secret": "secret-of-thirty-two-bytes-or-more",
            "admin_key": "admin",
            "trace_url": "https://traces.example/trace/{trace_id}",
        }
    )
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://intake") as client:
            running = Intake(runtime=app.state.runtime, client=client, keys={"admin": "admin"})
            await running.publish()
            await running.publish(desk="south")
            await running.issue("agent", role="agent", desk="north", subject="e1")
            await running.issue("integrator", role="integrator", desk="north", subject="crm")
            await running.issue("ann", role="requester", desk="north", subject="ann@north.example")
            await running.issue("bob", role="requester", desk="north", subject="bob@north.example")
            await running.issue("stranger", role="agent", desk="south", subject="s1")
            yield running
