"""The work on a ticket (contract, intake): each answers the Ticket."""

from fastapi import APIRouter
from starlette.responses import Response

from intake.api import schemas
from intake.api.acting import Agent, Requester
from intake.api.documents import Ticket, says
from intake.domain import commands

router = APIRouter(prefix="/v1/tickets/{ticket}", tags=["actions"], responses=says(Ticket))


@router.post("/work", summary="Log time worked on the problem")
async def log_work(body: schemas.NewWork, acting: Agent) -> Response:
    """REM-08: of the engineer who says so, at the ticket's level and department."""
    note = acting.note(body.note)
    command = commands.LogWork(
        **acting.stamp(body.at),
        minutes=body.minutes,
        level=acting.row["level"],
        content=note.ref if note else None,
    )
    return await acting.carry_out(command, note)


@router.post("/handover", summary="Hand the ticket to another department, or back")
async def hand_over(body: schemas.NewHandover, acting: Agent) -> Response:
    """MIC-06: to one of the desk's departments; it queues there for those who serve it."""
    note = acting.note(body.note)
    command = commands.HandOver(
        **acting.stamp(), department=body.department, content=note.ref if note else None
    )
    return await acting.carry_out(command, note)


@router.post("/callback-requests", summary="Ask to be called")
async def request_callback(body: schemas.Nothing, acting: Requester) -> Response:
    """EIL-05, EIL-16: the desk is told that a call is due; nothing where one is awaited already."""
    return await acting.carry_out(commands.RequestCallback(**acting.stamp()))


@router.post("/rating", summary="Say what you think of the answer")
async def rate(body: schemas.NewRating, acting: Requester) -> Response:
    """Once it is resolved; a later rating replaces the earlier one."""
    note = acting.note(body.note)
    command = commands.Rate(**acting.stamp(), score=body.score, content=note.ref if note else None)
    return await acting.carry_out(command, note)
