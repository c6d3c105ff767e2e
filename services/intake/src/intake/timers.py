"""What comes true by waiting: a confirmation delivered and not bounced (semantics 25), and the
end of a deferral that has one.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog
from opentelemetry.trace import Span

from intake.domain.commands import ConfirmDelivery, Resume
from intake.office.incoming import How
from intake.office.office import Standing
from intake.office.premises import Premises
from intake.office.registration import stream_of
from intake.office.sweeping import sweep
from reglament import clock
from reglament.errors import ReglamentError
from reglament.events import tickets
from reglament.events.registry import Actor, Event
from reglament.eventstore.store import Context
from reglament.policy.durations import elapsed_seconds
from reglament.runtime import Runtime
from reglament.telemetry import traceparent_of

EVERY_SECONDS = 1.0
SWEEP_SECONDS = 5.0
ACTOR = Actor(kind="system", id="intake", rule="acceptance.after")
RESUMES = Actor(kind="system", id="intake", rule="deferral.until")
_log = structlog.get_logger(__name__)


async def judge_unconfirmed(premises: Premises, stopping: asyncio.Event) -> None:
    """Until told to stop. Desks that wait for nothing cost nothing."""
    await _every_second(judge_once, premises, stopping)


async def resume_deferred(premises: Premises, stopping: asyncio.Event) -> None:
    """Until told to stop."""
    await _every_second(resume_once, premises, stopping)


async def _every_second(
    once: Callable[[Premises], Awaitable[None]], premises: Premises, stopping: asyncio.Event
) -> None:
    while not stopping.is_set():
        await once(premises)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), EVERY_SECONDS)


async def judge_once(premises: Premises) -> None:
    """Every ticket of the desks with an `after`: the decider knows whether it is over."""
    desks = [
        desk
        for desk, version in premises.doors.policies.desks().items()
        if elapsed_seconds(version.policy.acceptance.after) > 0
    ]
    if not desks:
        return
    for ticket, desk in await premises.queries.unconfirmed(desks):
        now = clock.now()
        command = ConfirmDelivery(at=now, actor=ACTOR)
        span = await _span(premises, "accept ticket", ticket, tickets.TicketOpened)
        context = Context(recorded_at=now, traceparent=traceparent_of(span))
        how = How(actor=ACTOR, entered_by="system", context=context)
        try:
            made = await premises.office.act(Standing(ticket=ticket, desk=desk), command, how)
        except ReglamentError as fault:
            _log.info("acceptance_waits", ticket=ticket, fault=str(fault))
        else:
            if made.envelopes:  # else it is asked again in a second: no span of that is sent
                span.end()


async def resume_once(premises: Premises) -> None:
    """Every ticket whose deferral is over goes on, as of the moment agreed on.

    At the version that was seen: one that was put off anew meanwhile, or that another replica
    resumed, is a conflict and stays as it is.
    """
    now = clock.now()
    for ended in await premises.queries.deferred_until(now):
        command = Resume(at=ended.until, actor=RESUMES)
        span = await _span(premises, "resume ticket", ended.ticket, tickets.TicketDeferred)
        context = Context(recorded_at=now, traceparent=traceparent_of(span))
        how = How(actor=RESUMES, entered_by="system", context=context, expected=ended.version)
        try:
            await premises.office.act(Standing(ticket=ended.ticket, desk=ended.desk), command, how)
            span.end()
        except ReglamentError as fault:
            _log.info("deferral_stays", ticket=ended.ticket, fault=str(fault))


async def _span(premises: Premises, name: str, ticket: str, cause: type[Event]) -> Span:
    """A trace of its own, linked to the newest event of the class that made us wait."""
    tracing, because_of = premises.tracing, None
    if tracing.enabled:
        history = await premises.doors.store.load(stream_of(ticket))
        waited = [one.traceparent for one in history if isinstance(one.event, cause)]
        because_of = waited[-1] if waited else None
    return tracing.later(name, because_of=because_of, attributes={"reglament.ticket": ticket})


async def sweep_erased(runtime: Runtime, stopping: asyncio.Event) -> None:
    """Until told to stop: the compacted topics are moved on where an erasure is a day old."""
    while not stopping.is_set():
        await sweep(runtime.pool, runtime.store, runtime.settings.partitions, clock.now())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), SWEEP_SECONDS)
