"""sla-clock, composed (architecture 12): what it reads, keeps, answers and runs."""

import asyncio
import contextlib

from fastapi import FastAPI

from reglament import clock, metrics
from reglament.events.envelope import Envelope
from reglament.events.topics import ACCESS, ESCALATIONS, NOTIFICATIONS, POLICIES, TICKETS
from reglament.messaging.consumption import Consumption
from reglament.process import create_process
from reglament.projections import ProjectionRunner
from reglament.runtime import Definition, Loop, Runtime
from sla_clock import reactors
from sla_clock.api import calendars, migrations, pictures, previews, reports, simulations, sla
from sla_clock.judging import Judging
from sla_clock.moving.carrying import run_migrations
from sla_clock.moving.starting import look_again
from sla_clock.plans import Plans
from sla_clock.projections.clocks import Clocks
from sla_clock.projections.editions import TZ, adopt, load_editions
from sla_clock.projections.known import KnownTickets
from sla_clock.projections.measures import OpenClocks, measure_horizon, measure_overdue
from sla_clock.projections.ticket_events import TicketEvents
from sla_clock.reports.keeping import Excuses
from sla_clock.settings import Settings
from sla_clock.simulations.starting import run_simulations
from sla_clock.timers import Timers
from sla_clock.traced_judging import TracedJudging

TOPICS = (POLICIES, ACCESS, TICKETS, ESCALATIONS, NOTIFICATIONS)
MEASURE_SECONDS = 10.0


async def prepare(runtime: Runtime) -> None:
    """The plans of all policy versions, and the one path on which clocks are judged."""
    async with runtime.pool.acquire() as connection, connection.transaction():
        if TZ in await adopt(connection, clock.now()):
            await look_again(connection)
        book = await load_editions(connection)
    runtime.extras["known"] = KnownTickets(runtime.pool)
    runtime.extras["plans"] = plans = Plans(runtime.policies, book)
    runtime.extras["judging"] = Judging(runtime.store, plans, runtime.settings.partitions)


def consumption(runtime: Runtime) -> Consumption:
    """Keep the events, then look at the clocks they are about."""
    return Consumption(
        topics=TOPICS,
        projections=(ProjectionRunner(TicketEvents(reactors.REACTIONS)),),
        react=reactors.react_with(runtime.extras["judging"]),
    )


def _fired(said: Envelope) -> None:
    lateness = max(0.0, (said.recorded_at - said.at).total_seconds())
    metrics.TIMERS_FIRED.inc()
    metrics.DEADLINE_LATENESS.observe(lateness, metrics.exemplar_of(said.traceparent))


async def run_timers(runtime: Runtime, stopping: asyncio.Event) -> None:
    """Fire what is due on the partitions that this process's consumer owns."""
    if runtime.consumer is None:
        return
    timers = Timers(
        runtime.pool,
        TracedJudging(runtime.extras["judging"], runtime.store, runtime.tracing),
        runtime.consumer.horizon.read_until,
        fired=_fired,
        held=metrics.TIMERS_HELD.set,
        after=runtime.wake_relay,
    )
    await timers.run(stopping)


async def run_measures(runtime: Runtime, stopping: asyncio.Event) -> None:
    """Show the open clocks, and how far ahead the desks' holidays are known, now and then."""
    open_clocks, plans = OpenClocks(), runtime.extras["plans"]
    while not stopping.is_set():
        async with runtime.pool.acquire() as connection:
            await open_clocks.measure(connection)
            await measure_overdue(connection)
        for desk, newest in runtime.policies.desks().items():
            measure_horizon(plans.get(desk, newest.version).calendars.values(), clock.now())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), MEASURE_SECONDS)


def create_app(settings: Settings) -> FastAPI:
    """The application; nothing runs before its lifespan."""
    return create_process(
        settings,
        Definition(
            service="sla-clock",
            title="Reglament sla-clock",
            description="Clocks that are right to the second, and say why.",
            tags={
                "sla": "A ticket's clocks, a desk's open clocks, excuses, previews",
                "reports": "How well promises are kept",
                "simulations": "A draft policy over the real past",
                "migrations": "Another policy version for live tickets",
                "calendars": "Working time, for anybody who asks",
            },
            routers=(
                sla.router,
                pictures.router,
                previews.router,
                reports.router,
                simulations.router,
                migrations.router,
                calendars.router,
            ),
            projections=(Clocks(),),
            inline=(Excuses(),),
            consumption=consumption,
            loops=(
                Loop(name="timers", role="timers", run=run_timers),
                Loop(name="migrations", role="timers", run=run_migrations),
                Loop(name="simulations", role="timers", run=run_simulations),
                Loop(name="measures", role="timers", run=run_measures),
            ),
            migrations=("sla_clock.migrations",),
            prepare=prepare,
        ),
    )
