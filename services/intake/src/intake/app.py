"""The composition root of intake."""

import asyncio
from datetime import timedelta

from fastapi import FastAPI

from intake.api.actions import router as actions
from intake.api.asyncapi import router as asyncapi
from intake.api.board.routes import router as board
from intake.api.credentials import router as credentials
from intake.api.customers import router as customers
from intake.api.desks import router as desks
from intake.api.erasures import router as erasures
from intake.api.feed import router as feed
from intake.api.history import router as history
from intake.api.keys import router as keys
from intake.api.letters import router as letters
from intake.api.library import router as library
from intake.api.lists import router as lists
from intake.api.me import router as me
from intake.api.pages.routes import router as pages
from intake.api.portal.routes import router as portal
from intake.api.proof import router as proof
from intake.api.reading import router as reading
from intake.api.relating import router as relating
from intake.api.tickets import router as tickets
from intake.api.working import router as working
from intake.backups import measure_backups
from intake.channels.mail.loops import MailDoor, run_mail
from intake.channels.mail.posting import Post
from intake.credentials import Unsealing
from intake.letters.store import LetterStore
from intake.office.premises import KEY, Premises, premises_for
from intake.projections.counting import Counting
from intake.projections.customers import Customers
from intake.projections.engineers import Engineers
from intake.projections.erased_copies import ErasedCopies
from intake.projections.feed import Feed
from intake.projections.history import History
from intake.projections.ticket_view import TicketView
from intake.reactors import reactions_of
from intake.settings import Settings
from intake.timers import judge_unconfirmed, resume_deferred, sweep_erased
from reglament import clock
from reglament.events.topics import ENGINEERS, ERASURES, ESCALATIONS, NOTIFICATIONS, REASONS, SLA
from reglament.messaging.consumption import Consumption
from reglament.process import create_process
from reglament.projections import ProjectionRunner
from reglament.runtime import Definition, Loop, Runtime


async def prepare(runtime: Runtime) -> None:
    """Make the premises, once the database is there."""
    runtime.extras[KEY] = premises_for(runtime)


def consumption(runtime: Runtime) -> Consumption:
    """What it reads: the other services' events of its tickets, for view, history, acceptance."""
    premises: Premises = runtime.extras[KEY]
    return Consumption(
        topics=(ESCALATIONS, SLA, NOTIFICATIONS, ENGINEERS, ERASURES, REASONS),
        projections=(
            ProjectionRunner(TicketView()),
            ProjectionRunner(History()),
            ProjectionRunner(ErasedCopies()),
            ProjectionRunner(Engineers()),
            Feed(),
        ),
        react=runtime.reactions(reactions_of(premises.office)),
    )


async def read_mail(runtime: Runtime, stopping: asyncio.Event) -> None:
    """The mail role, where there is a mail server or a door for one."""
    settings, premises = runtime.settings, runtime.extras[KEY]
    if not isinstance(settings, Settings) or not (settings.imap or settings.doors):
        await stopping.wait()
        return
    post = Post(
        doors=premises.doors,
        office=premises.office,
        queries=premises.queries,
        letters=LetterStore(runtime.pool),
        now=clock.now,
        tracing=runtime.tracing,
    )
    door = MailDoor(
        server=settings.imap,
        holder=settings.instance,
        authserv_ids=settings.authserv_ids,
        keep=None if settings.imap_keep_days is None else timedelta(days=settings.imap_keep_days),
        doors=settings.doors,
        secrets=settings.mailbox_secrets,
    )
    await run_mail(post, door, stopping)


async def judge_acceptance(runtime: Runtime, stopping: asyncio.Event) -> None:
    """The desks' `after`, once a second."""
    await judge_unconfirmed(runtime.extras[KEY], stopping)


async def end_deferrals(runtime: Runtime, stopping: asyncio.Event) -> None:
    """What was put off until a moment, once a second."""
    await resume_deferred(runtime.extras[KEY], stopping)


async def sweep_topics(runtime: Runtime, stopping: asyncio.Event) -> None:
    """So that what was erased leaves Kafka too, once a minute."""
    await sweep_erased(runtime, stopping)


async def watch_backups(runtime: Runtime, stopping: asyncio.Event) -> None:
    """The age of the newest backup, where it is known in which folder they are."""
    if isinstance(runtime.settings, Settings) and runtime.settings.backups is not None:
        await measure_backups(runtime.settings.backups, stopping)
    await stopping.wait()


DEFINITION = Definition(
    service="intake",
    title="Reglament: intake",
    description="Channels, desks' rules, the Ticket stream, its whole history.",
    routers=(
        tickets,
        lists,
        actions,
        relating,
        working,
        credentials,
        erasures,
        history,
        feed,
        proof,
        desks,
        library,
        customers,
        keys,
        me,
        letters,
        reading,
        asyncapi,
        pages,
        portal,
        board,
    ),
    projections=(TicketView(), History(), Customers()),
    inline=(Feed(), Counting(), Unsealing()),
    consumption=consumption,
    loops=(
        Loop(name="mail", role="mail", run=read_mail),
        Loop(name="acceptance", role="timers", run=judge_acceptance),
        Loop(name="deferrals", role="timers", run=end_deferrals),
        Loop(name="erasures", role="timers", run=sweep_topics),
        Loop(name="backups", role="timers", run=watch_backups),
    ),
    migrations=("intake.migrations",),
    prepare=prepare,
)


def create_app(settings: Settings) -> FastAPI:
    """The service's application; nothing runs before its lifespan begins."""
    return create_process(settings, DEFINITION)
