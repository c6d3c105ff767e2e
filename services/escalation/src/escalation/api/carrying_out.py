"""A command about a ticket, decided on what holds while it is carried out."""

from collections.abc import Awaitable, Callable, Sequence
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
from reglament.command_handler import Submission, handle_batch
from reglament.errors import Conflict, Refused, Unavailable
from reglament.events.escalations import Escalated
from reglament.eventstore.store import Appended, Context
from reglament.http.idempotency import replay, respond
from reglament.runtime import Runtime

Effects = tuple[tuple[str, tuple[object, ...]], ...]
Command = Callable[[Any, Facts], Awaitable[TicketCommand]]


class Raced(Exception):
    """The stream has come into being meanwhile."""


async def carry_out(asking: Asking, command: Command, rows: Effects = ()) -> Response:
    """The answer, or the first one to the key. command: made of the connection and the facts.

    Raises Refused, Conflict, KeyReused, Unavailable.
    """
    return await answered(asking.runtime, asking.context, lambda: _once(asking, command, rows))


async def answered(
    runtime: Runtime, context: Context, once: Callable[[], Awaitable[Response]]
) -> Response:
    """The first answer to the key, or what an attempt gives."""
    if first := await replay(runtime.store, context):
        return first
    try:
        return await _patiently(runtime, once)
    except (Refused, Conflict):
        # The same request at the same instant: what it was answered holds for this one, too.
        if first := await replay(runtime.store, context):
            return first
        raise


async def _patiently(runtime: Runtime, once: Callable[[], Awaitable[Response]]) -> Response:
    """Made again where somebody else writes to the same just now. Raises Unavailable."""
    for _ in range(ATTEMPTS):
        with suppress(asyncpg.LockNotAvailableError, Raced):
            response = await once()
            runtime.wake_relay()
            return response
    raise Unavailable("it is in other hands")


async def carried_out(
    store: Any, connection: Any, submissions: Sequence[Submission[Any, Any]]
) -> Appended:
    """What became of the first; the others go with it. Raises what it was refused with, Raced."""
    try:
        first, *_ = await handle_batch(store, connection, submissions)
    except Conflict as fault:
        raise Raced from fault
    if not isinstance(first, Appended):
        raise first
    return first


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
        outcome = await carried_out(store, connection, [submission])
    for envelope in outcome.envelopes:
        if isinstance(envelope.event, Escalated):
            metrics.ESCALATIONS.labels(envelope.desk, envelope.event.to_level).inc()
    return respond(outcome.answer or answer(outcome.envelopes), replayed=outcome.replayed)
