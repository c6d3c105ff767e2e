"""Whom a key or token stands for: what a page asks before all else."""

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from intake.api.documents import says
from reglament.events.administration import KeyRole
from reglament.http.auth import AnyCaller
from reglament.http.idempotency import answer_json, respond

router = APIRouter(prefix="/v1", tags=["keys"])


class Me(BaseModel):
    """The caller. subject: an engineer, a system or a requester's id; ticket: a link's only one."""

    role: KeyRole
    desk: str | None
    subject: str
    ticket: str | None


@router.get("/me", summary="Whom the key stands for", responses=says(Me))
async def read_me(caller: AnyCaller) -> Response:
    """Role, desk and subject of the key or token that the request came with."""
    return respond(
        answer_json(
            {
                "role": caller.role,
                "desk": caller.desk,
                "subject": caller.subject,
                "ticket": caller.ticket,
            }
        )
    )
