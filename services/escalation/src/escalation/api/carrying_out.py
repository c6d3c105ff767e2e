"""A command about a ticket, decided on what holds while it is carried out."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import asyncpg
from starlette.responses import Response

from escalation.api.tickets import ATTEMPTS, PATIENCE, Asking
from escalation.domain.commands import TicketCommand
from escalation.domain.facts import Facts
from escalation.projections.facts import load_facts
from reglament import metrics
from reglament.command_handler import handle_batch
from reglament.errors import Conflict, Unavailable
from reglament.events.escalations import Escalated
from reglament.eventstore.store import Appended
from reglament.http.idempotency import replay, respond

Effects = tuple[tuple[str, tuple[object, ...]], ...]
Command = Callable[[Any, Facts], Awaitable[TicketCommand]]


class Raced(Exception):
    """The stream has come into being meanwhile."""


async def carry_out(asking: Asking, command: Command, rows: Effects = ()) -> Response:
    """The answer, or the first one to the key. command: made of the connection and the facts.

    Raises Refused, Conflict, KeyReused, Unavailable.
    """
    if first := await replay(asking.runtime.store, asking.context):
        return first
    for _ in range(ATTEMPTS):
        # Somebody else writes to the ticket just now: it is looked at again.
        with suppress(asyncpg.LockNotAvailableError, Raced):
            response = await _once(asking, command, rows)
            asking.runtime.wake_relay()
            return response
    raise Unavailable("the ticket is in other hands")


async def _once(asking: Asking, command: Command, rows: Effects) -> Response:
    """One transaction: what the decision rests on, e.g. that the engineer is there, holds in it."""
    store, ticket = asking.runtime.store, asking.ticket
    async with asking.runtime.pool.acquire() as connection, connection.transaction():
        await connection.execute(PATIENCE)
        # The stream first, as all do who write: so nobody waits in a circle.
        await store.load_many([f"ticket/{ticket}"], connection=connection, lock=True)
        known = (await load_facts(connection, [ticket])).get(ticket, asking.known)
        asking = replace(asking, known=known)
        answer = asking.answer(await asking.standing(connection))
        submission = asking.submission(await command(connection, known.facts), answer, rows)
        try:
            (outcome,) = await handle_batch(store, connection, [submission])
        except Conflict as fault:
            raise Raced from fault
    if not isinstance(outcome, Appended):
        raise outcome
    for envelope in outcome.envelopes:
        if isinstance(envelope.event, Escalated):
            metrics.ESCALATIONS.labels(envelope.desk, envelope.event.to_level).inc()
    return respond(outcome.answer or answer(outcome.envelopes), replayed=outcome.replayed)
