"""Two processes, composed as the services are: an event of one makes an event of the other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from reglament import clock
from reglament.command_handler import Submission, handle
from reglament.decider import Decider
from reglament.errors import NotFound
from reglament.events.administration import PolicyPublished
from reglament.events.envelope import Envelope
from reglament.events.registry import Actor, Event
from reglament.events.sla import ClockPaused
from reglament.events.tickets import TicketResumed
from reglament.events.topics import POLICIES, TICKETS
from reglament.eventstore.store import Context
from reglament.http.problems import MEDIA_TYPE
from reglament.ids import new_id
from reglament.messaging.consumption import Consumption, caused_by
from reglament.messaging.provisioning import owned_by, provide_topics
from reglament.policy.loader import parse
from reglament.process import create_process
from reglament.runtime import Definition, InProcess, Runtime
from reglament.settings import ProcessSettings
from tests.support.eventually import eventually
from tests.support.stack import Broker, Databases

pytestmark = pytest.mark.integration
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
POLICY = parse(Path("policies/remsys.yaml").read_text())
BY = Actor(kind="system", id="test")


def saying(event: Event) -> Decider[None, int]:
    """A decider that says this once."""
    return Decider(
        decide=lambda _, said: [] if said else [event],
        evolve=lambda said, _: said + 1,
        initial_state=0,
    )


def telling(stream: str, subject: str, desk: str, event: Event, context: Context) -> Any:
    decider = saying(event)
    return Submission(
        stream=stream,
        subject=subject,
        desk=desk,
        command=None,
        decider_for=lambda _: decider,
        context=context,
        policy_version=1,
    )


router = APIRouter()


@router.get("/tickets/{ticket}")
async def ticket_events(ticket: str, runtime: InProcess) -> list[str]:
    """What this service has said of the ticket."""
    found = await runtime.store.load(f"ticket/{ticket}")
    if not found:
        raise NotFound("ticket", ticket)
    return [f"{one.type} {one.traceparent}" for one in found]


def sla_clock(desk: str) -> Definition:
    """Says ClockPaused of every ticket of the desk, once it knows its policy."""

    def consumption(runtime: Runtime) -> Consumption:
        def pause(envelope: Envelope) -> list[Any]:
            if envelope.desk != desk:
                return []
            runtime.policies.get(envelope.desk, envelope.policy_version or 0)
            event = ClockPaused(at=envelope.at, actor=BY, metric="handling", because="test")
            stream = f"ticket/{envelope.subject}"
            return [telling(stream, envelope.subject, desk, event, caused_by(envelope))]

        react = runtime.reactions({TicketResumed: pause})
        return Consumption(topics=(POLICIES, TICKETS), react=react)

    return Definition(service="sla-clock", title="test", routers=(router,), consumption=consumption)


INTAKE = Definition(service="intake", title="test", routers=(router,))


class Started:
    """A process between its start and its stop."""

    def __init__(self, app: FastAPI, client: httpx.AsyncClient) -> None:
        self.runtime: Runtime = app.state.runtime
        self.client = client


@asynccontextmanager
async def started(
    definition: Definition, broker: Broker, databases: Databases
) -> AsyncIterator[Started]:
    settings = ProcessSettings.model_validate(
        {
            "port": 1,
            "database": await databases(),
            "kafka": broker.bootstrap,
            "partitions": 4,
            "secret": "secret",
            "admin_key": "admin",
            "shutdown_seconds": 5,
        }
    )
    app = create_process(settings, definition)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        yield Started(app, client)


async def publish(intake: Started, desk: str) -> None:
    document = {**POLICY, "desk": desk}
    event = PolicyPublished(
        at=clock.now(), actor=BY, desk=desk, version=1, document=document, digest="0"
    )
    context = Context(recorded_at=clock.now())
    await handle(intake.runtime.store, telling(f"policy/{desk}", f"{desk}@1", desk, event, context))


async def test_an_event_makes_an_event_in_the_same_trace_once_its_policy_is_there(
    kafka: Broker, postgres: Databases
) -> None:
    desk, ticket = f"desk-{new_id()[-8:]}", new_id()
    await provide_topics(kafka.plain, owned_by("intake"), 4, 1)
    async with (
        started(INTAKE, kafka, postgres) as intake,
        started(sla_clock(desk), kafka, postgres) as sla,
    ):
        event = TicketResumed(at=clock.now(), actor=BY)
        context = Context(recorded_at=clock.now(), traceparent=PARENT)
        await handle(
            intake.runtime.store, telling(f"ticket/{ticket}", ticket, desk, event, context)
        )
        assert (await sla.client.get(f"/tickets/{ticket}")).status_code == 404
        await publish(intake, desk)
        await intake.runtime.policies.refresh()
        assert intake.runtime.policies.newest(desk).version == 1

        async def answered() -> httpx.Response:
            response = await sla.client.get(f"/tickets/{ticket}")
            assert response.status_code == 200
            return response

        (said,) = (await eventually(answered)).json()
        assert said.startswith("ClockPaused")
        assert TRACE in said


async def test_a_process_says_how_it_is(kafka: Broker, postgres: Databases) -> None:
    async with started(INTAKE, kafka, postgres) as intake:

        async def leads() -> bool:
            report = (await intake.client.get("/readyz?verbose")).json()
            assert report["status"] == "ok", report
            relays = intake.runtime.relays
            return bool(relays) and all(relay.leads for relay in relays)

        await eventually(leads)
        assert (await intake.client.get("/livez")).status_code == 200
        scraped = (await intake.client.get("/metrics")).text
        assert 'loop_up{loop="relay"} 1.0' in scraped
        missing = await intake.client.get("/tickets/none")
        assert missing.headers["content-type"] == MEDIA_TYPE


async def test_a_process_serves_while_kafka_is_away(kafka: Broker, postgres: Databases) -> None:
    away = Broker(bootstrap="127.0.0.1:1", prefix=kafka.prefix)
    ticket = new_id()
    async with started(INTAKE, away, postgres) as intake:
        event = TicketResumed(at=clock.now(), actor=BY)
        context = Context(recorded_at=clock.now())
        await handle(
            intake.runtime.store, telling(f"ticket/{ticket}", ticket, "desk", event, context)
        )
        assert (await intake.client.get("/readyz")).status_code == 200
        assert await intake.runtime.pool.fetchval("SELECT count(*) FROM pending") == 1


async def test_an_operator_needs_the_admins_key_to_refill(postgres: Databases) -> None:
    ticket = new_id()
    async with started(INTAKE, Broker(bootstrap="127.0.0.1:1", prefix="away"), postgres) as intake:
        event = TicketResumed(at=clock.now(), actor=BY)
        context = Context(recorded_at=clock.now())
        await handle(
            intake.runtime.store, telling(f"ticket/{ticket}", ticket, "desk", event, context)
        )
        await intake.runtime.pool.execute("DELETE FROM pending")
        refill = "/v1/operations/outbox/refill"
        assert (await intake.client.post(refill)).status_code == 401
        admin = {"authorization": "Bearer admin"}
        answer = await intake.client.post(refill, headers=admin)
        assert answer.json() == {"records": 1}
        assert await intake.runtime.pool.fetchval("SELECT count(*) FROM pending") == 1
        letters = await intake.client.get("/v1/operations/dead-letters", headers=admin)
        assert letters.json() == []
