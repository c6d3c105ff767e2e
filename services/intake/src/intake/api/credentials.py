"""Temporary access, lent for one ticket (contract, intake; WIS-13, WIS-14)."""

from dataclasses import replace
from typing import Annotated

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from intake.api.acting import Acting, Agent, Anyone
from intake.api.documents import Ticket, says
from intake.api.schemas import Body, Text
from intake.domain import commands
from reglament.errors import Forbidden, NotFound
from reglament.ids import new_id

router = APIRouter(prefix="/v1/tickets/{ticket}/credentials", tags=["credentials"])


class Access(Body):
    """What opens the door: names and values, e.g. `{"host": …, "login": …, "password": …}`."""

    access: Annotated[
        dict[Annotated[str, Field(min_length=1, max_length=64)], Text],
        Field(min_length=1, max_length=20),
    ]


class Lent(BaseModel):
    """Temporary access, opened for the assigned engineer."""

    access: dict[str, str]


@router.put("", summary="Lend temporary access", responses=says(Ticket))
async def store(body: Access, acting: Anyone) -> Response:
    """Encrypted, apart from the history; erased when the ticket ends. Replaces what was lent."""
    stamp, credentials = acting.stamp(), new_id()
    text = msgspec.json.encode(body.access).decode()
    row = acting.here.sealed.row(acting.row["key"], credentials, text, stamp["at"])
    command = commands.StoreCredentials(**stamp, credentials=credentials)
    return await acting.carry_out(command, rows=(row,))


@router.get("", summary="Read the access that was lent", responses=says(Lent))
async def read(acting: Agent) -> Response:
    """Only for the engineer who has the ticket; each reading is in the history."""
    row = acting.row
    if acting.caller.subject != row["assignee"]:
        raise Forbidden("only the engineer who has the ticket reads what was lent for it")
    if row["credentials"] is None:
        raise NotFound("credentials of ticket", row["key"])
    # First the history, then the secret: no reading goes unnoticed.
    await _each(acting).carry_out(commands.ReadCredentials(**acting.stamp()))
    access = await acting.here.sealed.read(row["key"])
    document = b'{"access":' + access.encode() + b"}"
    return Response(document, 200, {"Cache-Control": "no-store"}, "application/json")


def _each(acting: Acting) -> Acting:
    """Without its Idempotency-Key: under one key, too, a second reading is one more."""
    context = replace(acting.how.context, idempotency=None)
    return replace(acting, how=replace(acting.how, context=context))


@router.delete("", summary="Take the access back", responses=says(Ticket))
async def withdraw(acting: Anyone) -> Response:
    """Erased at once; nothing to do where there is none."""
    return await acting.carry_out(commands.WithdrawCredentials(**acting.stamp()))
