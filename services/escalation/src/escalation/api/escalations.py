"""Escalation by request, what was escalated, and who has the ticket."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Response

from escalation.api.schemas import (
    AssignmentAsked,
    AssignmentGiven,
    EscalationAsked,
    EscalationsGiven,
    TicketPath,
)
from escalation.api.tickets import Asking, known_engineer, known_ticket
from escalation.domain.commands import Assign, Escalate, TicketCommand, Unassign
from escalation.projections.engineers import load_engineers
from escalation.projections.queue import ESCALATIONS, NOTE
from reglament import metrics
from reglament.command_handler import handle
from reglament.events.escalations import Escalated
from reglament.http.auth import AgentCaller, AnyCaller
from reglament.http.etags import Expected, etag
from reglament.http.idempotency import RequestContext, answer_json, replay, respond
from reglament.instants import rfc3339
from reglament.runtime import InProcess

router = APIRouter(prefix="/v1/tickets/{ticket}", tags=["escalations"])
Effects = tuple[tuple[str, tuple[object, ...]], ...]


@router.get("/escalations", response_model=EscalationsGiven)
async def read_escalations(
    ticket: TicketPath, caller: AnyCaller, runtime: InProcess, context: RequestContext
) -> Response:
    """Every escalation of the ticket, oldest first, with its level and engineer now."""
    known = await known_ticket(runtime, caller, ticket)
    asking = Asking(runtime=runtime, ticket=ticket, known=known, context=context)
    standing = await asking.standing()
    rows = await runtime.pool.fetch(ESCALATIONS, ticket)
    document = {
        "ticket": ticket,
        **standing,
        "level": standing["level"] or None,
        "items": [_shown(row, is_staff=caller.is_staff) for row in rows],
    }
    headers = (("ETag", etag(standing["version"])),)
    return respond(answer_json(document, headers=headers))


def _shown(row: Any, *, is_staff: bool) -> dict[str, Any]:
    return {
        "at": rfc3339(row["at"]),
        "type": row["type"],
        "sequence": row["sequence"],
        "actor": msgspec.json.decode(row["actor"]),
        **msgspec.json.decode(row["data"]),
        "note": row["note"] if is_staff else None,
    }


async def _asking(
    ticket: TicketPath,
    caller: AgentCaller,
    runtime: InProcess,
    context: RequestContext,
    expected: Expected,
) -> Asking:
    """What all commands about a ticket have in common. Raises NotFound."""
    known = await known_ticket(runtime, caller, ticket)
    return Asking(runtime=runtime, ticket=ticket, known=known, context=context, expected=expected)


AskingAgent = Annotated[Asking, Depends(_asking)]


@router.post("/escalations", response_model=AssignmentGiven)
async def escalate(body: EscalationAsked, caller: AgentCaller, asking: AskingAgent) -> Response:
    """One level up: into that level's queue, out of the engineer's hands (REM-03)."""
    engineers = await load_engineers(asking.runtime.pool, [asking.known.desk])
    command = Escalate(
        at=asking.context.recorded_at,
        actor=caller.actor,
        facts=asking.known.facts,
        to=body.to,
        engineers=tuple(engineers.get(asking.known.desk, ())),
    )
    return await _carry_out(asking, command, ((NOTE, (asking.ticket, command.at, body.reason)),))


@router.get("/assignment", response_model=AssignmentGiven)
async def read_assignment(asking: AskingAgent) -> Response:
    """Who has the ticket, and at which level it is."""
    standing = await asking.standing()
    headers = (("ETag", etag(standing["version"])),)
    return respond(answer_json(asking.shown(standing), headers=headers))


@router.post("/assignment", response_model=AssignmentGiven)
async def assign(body: AssignmentAsked, caller: AgentCaller, asking: AskingAgent) -> Response:
    """Give the ticket to an engineer, whoever had it; only to one who may take its level's."""
    engineer = await known_engineer(asking.runtime.pool, asking.known.desk, body.engineer)
    command = Assign(
        at=asking.context.recorded_at,
        actor=caller.actor,
        facts=asking.known.facts,
        engineer=engineer,
    )
    return await _carry_out(asking, command)


@router.delete("/assignment", response_model=AssignmentGiven)
async def unassign(caller: AgentCaller, asking: AskingAgent) -> Response:
    """Take the ticket from its engineer; it goes back to its place in the queue."""
    command = Unassign(
        at=asking.context.recorded_at,
        actor=caller.actor,
        facts=asking.known.facts,
        because="request",
    )
    return await _carry_out(asking, command)


async def _carry_out(asking: Asking, command: TicketCommand, rows: Effects = ()) -> Response:
    store = asking.runtime.store
    if first := await replay(store, asking.context):
        return first
    answer = asking.answer(await asking.standing())
    appended = await handle(store, asking.submission(command, answer, rows))
    for envelope in appended.envelopes:
        if isinstance(envelope.event, Escalated):
            metrics.ESCALATIONS.labels(envelope.desk, envelope.event.to_level).inc()
    given = appended.answer or answer(appended.envelopes)
    return respond(given, replayed=appended.replayed)
