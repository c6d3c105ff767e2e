"""The composition root of notifier."""

import asyncio

from fastapi import FastAPI

from notifier.api.deliveries import router as deliveries
from notifier.api.letters import KEY, trials_with
from notifier.api.letters import router as letters
from notifier.api.notifications import router as notifications
from notifier.api.subscribing import switch_off
from notifier.api.subscriptions import router as subscriptions
from notifier.letters.rendering import Renderer
from notifier.projections.material import Materials
from notifier.projections.personal_data import Copies, keep_contents
from notifier.projections.tickets import Assignments, Engineers, Tickets
from notifier.projections.webhooks import Subscriptions
from notifier.reactors import Reactor
from notifier.settings import NotifierSettings
from notifier.timers.composing import Composer
from notifier.timers.letters import LetterSender
from notifier.timers.measures import run_measures
from notifier.timers.outcomes import Outcomes
from notifier.timers.webhooks import WebhookSender
from notifier.transports.destinations import Guard
from notifier.transports.kept_secrets import KeptSecrets
from notifier.transports.signing import load_signer
from notifier.transports.smtp import Smtp, SmtpServer
from notifier.transports.webhook import Webhooks
from reglament import clock
from reglament.events import topics
from reglament.messaging.consumption import Consumption
from reglament.process import create_process
from reglament.projections import ProjectionRunner
from reglament.runtime import Definition, Loop, Runtime

TOPICS = (
    topics.POLICIES,
    topics.ACCESS,
    topics.CONTACTS,
    topics.CONTENTS,
    topics.ENGINEERS,
    topics.TICKETS,
    topics.SLA,
    topics.ESCALATIONS,
    topics.NOTIFICATIONS,
    topics.LETTERS,
)


def consumption(runtime: Runtime) -> Consumption:
    """What it reads. Its own topic too: subscribers get the events of all four."""
    reactor = Reactor(
        store=runtime.store,
        secret=runtime.settings.secret.get_secret_value(),
        policy_of=runtime.policies.get,
        newest=lambda desk: runtime.policies.newest(desk).version,
    )
    return Consumption(
        topics=TOPICS,
        projections=(
            ProjectionRunner(Tickets()),
            ProjectionRunner(Assignments()),
            ProjectionRunner(Engineers()),
        ),
        react=reactor.react,
        records={
            topics.CONTACTS: Copies(store=runtime.store, now=clock.now).keep_contacts,
            topics.CONTENTS: keep_contents,
        },
    )


def own_addresses(runtime: Runtime) -> frozenset[str]:
    """Every desk's mailbox: no letter of ours goes to one of them (semantics 21)."""
    found = runtime.policies.desks().values()
    return frozenset(
        each.policy.mailbox.address.casefold() for each in found if each.policy.mailbox
    )


def settings_of(runtime: Runtime) -> NotifierSettings:
    """The process's settings as notifier's own."""
    if not isinstance(runtime.settings, NotifierSettings):
        raise TypeError("notifier runs with NotifierSettings")
    return runtime.settings


def guard_of(runtime: Runtime) -> Guard:
    """Which addresses webhooks may reach."""
    settings = settings_of(runtime)
    return Guard(allow=settings.webhook_allow, ports=settings.webhook_ports)


def server_of(settings: NotifierSettings) -> SmtpServer:
    """The mail server that letters are handed to."""
    host, port = settings.smtp_address
    password = settings.smtp_password
    return SmtpServer(
        host=host,
        port=port,
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=password.get_secret_value() if password else None,
        seconds=settings.smtp_seconds,
    )


async def send_letters(runtime: Runtime, stopping: asyncio.Event) -> None:
    """The loop that sends letters."""
    settings = settings_of(runtime)
    composer = Composer(
        materials=Materials(runtime.pool),
        renderer=Renderer(),
        secret=settings.secret.get_secret_value(),
        front=settings.front.rstrip("/"),
        policy_of=runtime.policies.get,
        own=lambda: own_addresses(runtime),
        signer=load_signer(settings.dkim),
        signed_reply_to=settings.signed_reply_to,
    )
    sender = LetterSender(
        pool=runtime.pool,
        holder=settings.instance,
        outcomes=Outcomes(pool=runtime.pool, store=runtime.store),
        composer=composer,
        smtp=Smtp(server_of(settings)),
        tracing=runtime.tracing,
    )
    runtime.on_taken.append(sender.wake)
    try:
        await sender.run(stopping)
    finally:
        runtime.on_taken.remove(sender.wake)


async def send_webhooks(runtime: Runtime, stopping: asyncio.Event) -> None:
    """The loop that posts webhooks."""

    async def disable(subscription: str, rule: str) -> None:
        await switch_off(runtime, subscription, rule)

    sender = WebhookSender(
        pool=runtime.pool,
        webhooks=Webhooks(guard_of(runtime)),
        secrets=KeptSecrets(runtime.settings.secret.get_secret_value()),
        disable=disable,
        tracing=runtime.tracing,
    )
    await sender.run(stopping)


async def prepare(runtime: Runtime) -> None:
    """What routes need besides."""
    settings = settings_of(runtime)
    runtime.extras["guard"] = guard_of(runtime)
    runtime.extras[KEY] = trials_with(
        Smtp(server_of(settings)),
        load_signer(settings.dkim),
        settings.secret.get_secret_value(),
    )


DEFINITION = Definition(
    service="notifier",
    title="Reglament: notifier",
    description="Letters and signed webhooks, each with its delivery record.",
    routers=(notifications, letters, subscriptions, deliveries),
    projections=(Subscriptions(),),
    consumption=consumption,
    loops=(
        Loop(name="letters", role="mail", run=send_letters),
        Loop(name="webhooks", role="mail", run=send_webhooks),
        Loop(name="measures", role="timers", run=run_measures),
    ),
    migrations=("notifier.migrations",),
    prepare=prepare,
)


def create_app(settings: NotifierSettings) -> FastAPI:
    """The service's application; nothing runs before its lifespan begins."""
    return create_process(settings, DEFINITION)
