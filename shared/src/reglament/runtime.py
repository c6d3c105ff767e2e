"""What a running process holds, and what a service's app.py says of itself."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request

from reglament.command_handler import handle_batch
from reglament.eventstore.postgres import PostgresEventStore
from reglament.lifespan import Supervisor
from reglament.messaging.consumer import Consumer
from reglament.messaging.consumption import Consumption, Effect, React, Reactions, reactions
from reglament.messaging.relay import Relay
from reglament.policy_book import PolicyBook
from reglament.projections import Projection
from reglament.settings import ProcessSettings, Role
from reglament.telemetry import Tracing


@dataclass(slots=True, kw_only=True)
class Runtime:
    """What a running process holds; a route gets it as `runtime: InProcess`.

    relays, consumer: none where the role is switched off. extras: a service's own parts.
    on_taken: called after each commit of the consumer: what it wrote may be due already.
    """

    settings: ProcessSettings
    service: str
    pool: Any
    store: PostgresEventStore
    policies: PolicyBook
    tracing: Tracing
    supervisor: Supervisor
    relays: list[Relay] = field(default_factory=list)
    consumer: Consumer | None = None
    extras: dict[str, Any] = field(default_factory=dict)
    on_taken: list[Callable[[], None]] = field(default_factory=list)

    def reactions(self, table: Reactions) -> React:
        """`Consumption.react` of a service's table REACTIONS, through the one command handler."""
        return reactions(table, partial(handle_batch, self.store))

    def wake_relay(self) -> None:
        """After an append in a transaction of one's own (timers, claims): send it now."""
        for relay in self.relays:
            relay.wake()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """A service's own background loop; runs where `role` is on, until the event is set."""

    name: str
    role: Role
    run: Callable[[Runtime, asyncio.Event], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A service: what its app.py says of it.

    service: with the hyphen, `sla-clock`; projections: inline read models of its own events;
    inline: what else is written in their transaction, and is not rebuilt;
    tags: of its routes, each with what stands under it;
    migrations: packages with its numbered SQL files, applied after the library's own;
    prepare: after the migrations, before the loops (fill `runtime.extras`, register a key);
    install: middleware and the like, on the application before it starts.
    """

    service: str
    title: str
    description: str = ""
    routers: tuple[APIRouter, ...] = ()
    projections: tuple[Projection, ...] = ()
    inline: tuple[Effect, ...] = ()
    consumption: Callable[[Runtime], Consumption] | None = None
    loops: tuple[Loop, ...] = ()
    migrations: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Runtime], Awaitable[None]] | None = None
    install: Callable[[FastAPI], None] | None = None

    @property
    def source(self) -> str:
        """ce_source of its events."""
        return f"/reglament/{self.service}"


async def runtime_of(request: Request) -> Runtime:
    """The process behind a request."""
    runtime: Runtime = request.app.state.runtime
    return runtime


InProcess = Annotated[Runtime, Depends(runtime_of)]
