"""The composition root of escalation."""

from fastapi import FastAPI

from escalation.api.engineers import router as engineers
from escalation.api.escalations import router as escalations
from escalation.api.queue import router as queue
from escalation.projections.engineers import Engineers
from escalation.projections.facts import TicketFacts
from escalation.projections.personal_data import Reasons
from escalation.projections.queue import Assignments, Escalations, QueueRows
from escalation.reactors import Reactor
from escalation.settings import EscalationSettings
from escalation.timers import run_measures
from reglament import clock
from reglament.events.topics import ACCESS, CONTACTS, POLICIES, SLA, TICKETS
from reglament.messaging.consumption import Consumption
from reglament.process import create_process
from reglament.projections import ProjectionRunner
from reglament.runtime import Definition, Loop, Runtime


def consumption(runtime: Runtime) -> Consumption:
    """What it reads: rules and keys first, then tickets, their clocks, and who is erased."""
    reactor = Reactor(store=runtime.store, policy_of=runtime.policies.get)
    return Consumption(
        topics=(POLICIES, ACCESS, TICKETS, SLA, CONTACTS),
        projections=(ProjectionRunner(TicketFacts()),),
        react=reactor.react,
        records={CONTACTS: Reasons(store=runtime.store, now=clock.now).erase},
    )


DEFINITION = Definition(
    service="escalation",
    title="Reglament: escalation",
    description="Levels, queues in the desk's order, claims, assignment, escalation.",
    routers=(queue, escalations, engineers),
    projections=(QueueRows(), Assignments(), Escalations(), Engineers()),
    consumption=consumption,
    loops=(Loop(name="measures", role="timers", run=run_measures),),
    migrations=("escalation.migrations",),
)


def create_app(settings: EscalationSettings) -> FastAPI:
    """The service's application; nothing runs before its lifespan begins."""
    return create_process(settings, DEFINITION)
