"""What comes true by waiting: a confirmation delivered and not bounced (semantics 25)."""

import asyncio
import contextlib

import structlog

from intake.domain.commands import ConfirmDelivery
from intake.office.incoming import How
from intake.office.office import Standing
from intake.office.premises import Premises
from reglament import clock
from reglament.errors import ReglamentError
from reglament.events.registry import Actor
from reglament.eventstore.store import Context
from reglament.policy.durations import elapsed_seconds

EVERY_SECONDS = 1.0
ACTOR = Actor(kind="system", id="intake", rule="acceptance.after")
_log = structlog.get_logger(__name__)


async def judge_unconfirmed(premises: Premises, stopping: asyncio.Event) -> None:
    """Until told to stop. Desks that wait for nothing cost nothing."""
    while not stopping.is_set():
        await judge_once(premises)
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
        how = How(actor=ACTOR, entered_by="system", context=Context(recorded_at=now))
        try:
            await premises.office.act(Standing(ticket=ticket, desk=desk), command, how)
        except ReglamentError as fault:
            _log.info("acceptance_waits", ticket=ticket, fault=str(fault))
