"""Commands on several tickets (contract, intake): each answers the Ticket it was sent to."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from intake.api import schemas
from intake.api.acting import Acting, Agent
from intake.api.answers import parts_of
from intake.api.documents import Ticket, says
from intake.api.here import ticket_for
from intake.api.views import references
from intake.office.office import Answering
from intake.office.relating import Problem, Relating, linking, merging, splitting
from reglament.command_handler import Joint, handle_joint
from reglament.errors import NotFound, Refused, Violation
from reglament.eventstore.store import Appended
from reglament.policy.model import Policy

router = APIRouter(prefix="/v1/tickets/{ticket}", tags=["actions"], responses=says(Ticket))


@router.post("/split", summary="Take a request of several problems apart")
async def split(body: schemas.NewSplit, acting: Agent) -> Response:
    """WIS-05, MIC-12: each part becomes a ticket with its own number, history and clocks, which
    count from the original message (semantics 14). All or nothing. This ticket goes on as it is.
    """
    problems = [Problem(subject=each.subject, description=each.description) for each in body.parts]
    fields = await _fields(acting)

    def joint(relating: Relating) -> Joint:
        return splitting(relating, lambda pinned: _policy(acting, pinned), problems, fields)

    return await _carry_out(acting, joint)


@router.post("/merge", summary="Let the ticket go on in another")
async def merge(body: schemas.NewMerge, acting: Agent) -> Response:
    """Semantics 14: this one's clocks end, the other takes its oldest unanswered message over;
    letters to this one join the other. Both are of one requester, or of one customer.
    """
    await _refuse_unknown(acting, "into", body.into)
    return await _carry_out(acting, lambda relating: merging(relating, body.into))


@router.post("/links", summary="Say what the ticket is to another")
async def link(body: schemas.NewLink, acting: Agent) -> Response:
    """The other ticket says the inverse."""
    await _refuse_unknown(acting, "to", body.to)
    note = acting.note(body.note)
    return await _carry_out(acting, lambda relating: linking(relating, body.to, body.kind, note))


async def _carry_out(acting: Acting, joint: Any) -> Response:
    async def act(answer: Answering) -> Appended:
        relating = Relating(
            standing=acting.standing, how=acting.how, stamp=acting.stamp(), answer=answer
        )
        return await handle_joint(acting.here.doors.store, joint(relating))

    return await acting.answered(act)


async def _refuse_unknown(acting: Acting, field: str, ticket: str) -> None:
    """Another ticket of the same desk, which the caller may see."""
    try:
        row = await ticket_for(acting.here, acting.caller, ticket)
    except NotFound as fault:
        raise Refused([Violation(rule="ticket-unknown", field=field, detail=ticket)]) from fault
    if row["desk"] != acting.row["desk"]:
        raise Refused([Violation(rule="other-desk", field=field, detail=ticket)])


async def _fields(acting: Acting) -> dict[str, Any]:
    """What the first request gave, for its parts to have as well."""
    parts = await parts_of(acting.here, acting.row)
    fields: dict[str, Any] = {}
    for reference in references(acting.row):
        fields |= parts.get(reference, {}).get("fields", {})
    return fields


def _policy(acting: Acting, pinned: int | None) -> Policy:
    desk = acting.row["desk"]
    if pinned is None:
        return acting.here.office.newest(desk).policy
    return acting.here.doors.policies.get(desk, pinned)
