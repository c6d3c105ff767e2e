"""Escalation by request, what was escalated, and who has the ticket."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Response

from escalation.api.carrying_out import carry_out
from escalation.api.schemas import (
    AssignmentAsked,
    AssignmentGiven,
    EscalationAsked,
    EscalationsGiven,
    TicketPath,
)
from escalation.api.tickets import Asking, known_engineer, known_ticket
from escalation.domain.commands import Assign, Escalate, TicketCommand, Unassign
from escalation.domain.facts import Facts
from escalation.projections.engineers import load_engineers
from escalation.projections.queue import ESCALATIONS, NOTE
from reglament.http.auth import AgentCaller, AnyCaller
from reglament.http.etags import Expected, etag
from reglament.http.idempotency import RequestContext, answer_json, respond
from reglament.instants import rfc3339
from reglament.runtime import InProcess

router = APIRouter(prefix="/v1/tickets/{ticket}", tags=["escalations"])


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
    desk, at = asking.known.desk, asking.context.recorded_at

    async def command(connection: Any, facts: Facts) -> TicketCommand:
        engineers = await load_engineers(connection, [desk])
        return Escalate(
            at=at,
            actor=caller.actor,
            facts=facts,
            to=body.to,
            engineers=tuple(engineers.get(desk, ())),
        )

    return await carry_out(asking, command, ((NOTE, (asking.ticket, at, body.reason)),))


@router.get("/assignment", response_model=AssignmentGiven)
async def read_assignment(asking: AskingAgent) -> Response:
    """Who has the ticket, and at which level it is."""
    standing = await asking.standing()
    headers = (("ETag", etag(standing["version"])),)
    return respond(answer_json(asking.shown(standing), headers=headers))


@router.post("/assignment", response_model=AssignmentGiven)
async def assign(body: AssignmentAsked, caller: AgentCaller, asking: AskingAgent) -> Response:
    """Give the ticket to an engineer, whoever had it; only to one who may take its level's."""

    async def command(connection: Any, facts: Facts) -> TicketCommand:
        # Held: who leaves meanwhile leaves before it, or after it and gives the ticket back.
        engineer = await known_engineer(connection, asking.known.desk, body.engineer, held=True)
        at = asking.context.recorded_at
        return Assign(at=at, actor=caller.actor, facts=facts, engineer=engineer)

    return await carry_out(asking, command)


@router.delete("/assignment", response_model=AssignmentGiven)
async def unassign(caller: AgentCaller, asking: AskingAgent) -> Response:
    """Take the ticket from its engineer; it goes back to its place in the queue."""

    async def command(_: Any, facts: Facts) -> TicketCommand:
        at = asking.context.recorded_at
        return Unassign(at=at, actor=caller.actor, facts=facts, because="request")

    return await carry_out(asking, command)
