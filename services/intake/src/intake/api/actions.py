"""The commands on a ticket (contract, intake): each answers the Ticket."""

from fastapi import APIRouter
from starlette.responses import Response

from intake.api import schemas
from intake.api.acting import Agent, Anyone, Party
from intake.api.documents import Ticket, says
from intake.api.here import uploads
from intake.api.library import NewResolution, whole
from intake.api.returned import provided
from intake.domain import commands
from intake.office.register import entitlement_again
from intake.office.schedule import standing_due
from reglament.errors import Forbidden
from reglament.events.tickets import AttachmentRef
from reglament.http.limits import WITH_ATTACHMENTS
from reglament.ids import new_id

router = APIRouter(prefix="/v1/tickets/{ticket}", tags=["actions"], responses=says(Ticket))
FILES = dict(WITH_ATTACHMENTS)


@router.post("/messages", summary="Write to the ticket", openapi_extra=FILES)
async def add_message(body: schemas.NewMessage, acting: Anyone) -> Response:
    """A message; an internal one is a note of the desk, which requesters never see."""
    if body.visibility == "internal" and not acting.caller.is_staff:
        raise Forbidden("internal notes are the desk's")
    files = await uploads(body.attachments)
    stamp = acting.stamp(body.at)
    await acting.here.doors.data.keep_files(acting.row["key"], files)
    content = acting.text(body.body, files)
    command = commands.AddMessage(
        **stamp,
        message=new_id(),
        visibility=body.visibility,
        author_kind=acting.caller.kind,
        channel=body.channel,
        content=content.ref,
        attachments=tuple(
            AttachmentRef(id=file.id, format=file.format, size=len(file.content)) for file in files
        ),
    )
    return await acting.carry_out(command, content)


@router.post("/info-requests", summary="Ask the requester for more")
async def request_info(body: schemas.NewInfoRequest, acting: Agent) -> Response:
    """The ticket waits for the requester (EIL-11)."""
    note = acting.note(body.note)
    ref = note.ref if note else None
    command = commands.RequestInfo(**acting.stamp(), items=body.items, content=ref)
    return await acting.carry_out(command, note)


@router.post("/information", summary="Give what was asked for", openapi_extra=FILES)
async def provide_information(body: schemas.NewInformation, acting: Anyone) -> Response:
    """Ends the waiting; a returned ticket is judged anew as a whole (WIS-06)."""
    return await provided(acting, body)


@router.post("/priority", summary="Set the real priority")
async def change_priority(body: schemas.NewPriority, acting: Agent) -> Response:
    """REM-15: the targets are computed anew from the ticket's start."""
    why = acting.text(body.reason)
    command = commands.ChangePriority(**acting.stamp(), priority=body.priority, content=why.ref)
    return await acting.carry_out(command, why)


@router.post("/classification", summary="Category, cause, complexity, customer, service level")
async def reclassify(body: schemas.NewClassification, acting: Agent) -> Response:
    """What an engineer found it to be; the clocks follow (WIS-11)."""
    why, stamp = acting.text(body.reason), acting.stamp()
    assign = None
    if body.service_level or body.customer:
        here, row = acting.here, acting.row
        found = await entitlement_again(
            here.doors.register,
            here.office.newest(row["desk"]).policy,
            row,
            body.customer,
            stamp["at"],
        )
        assign = commands.AssignServiceLevel(**stamp, entitlement=found, level=body.service_level)
    command = commands.Reclassify(
        **stamp,
        category=body.category,
        cause=body.cause,
        complexity=body.complexity,
        content=why.ref,
        assign=assign,
    )
    return await acting.carry_out(command, why)


@router.post("/deferral", summary="Put off, with one of the desk's reasons")
async def defer(body: schemas.NewDeferral, acting: Agent) -> Response:
    """WIS-20, MIC-14: any other reason is refused."""
    note = acting.note(body.note)
    command = commands.Defer(
        **acting.stamp(),
        reason=body.reason,
        until=body.until,
        content=note.ref if note else None,
    )
    return await acting.carry_out(command, note)


@router.post("/resumption", summary="End a deferral")
async def resume(body: schemas.Nothing, acting: Agent) -> Response:
    """Nothing to do where there is none."""
    return await acting.carry_out(commands.Resume(**acting.stamp()))


@router.post("/schedule", summary="Another due time, agreed with the client")
async def change_schedule(body: schemas.NewSchedule, acting: Agent) -> Response:
    """EIL-14, EIL-15: with one of the desk's reasons; the client is told."""
    note = acting.note(body.note)
    history = await acting.here.queries.history(acting.row["key"])
    command = commands.ChangeSchedule(
        **acting.stamp(),
        due_at=body.due_at,
        reason=body.reason,
        standing=standing_due(history),
        content=note.ref if note else None,
    )
    return await acting.carry_out(command, note)


@router.post("/resolution", summary="The answer")
async def resolve(body: NewResolution, acting: Agent) -> Response:
    """Meets handling and resolution. A standard answer brings its text and links (WIS-19)."""
    said, links = whole(acting.here.office.newest(acting.row["desk"]).policy, body)
    text = acting.text(said)
    command = commands.Resolve(**acting.stamp(), content=text.ref, links=links)
    return await acting.carry_out(command, text)


@router.post("/closure", summary="Close the ticket")
async def close(body: schemas.Nothing, acting: Party) -> Response:
    """EIL-16: not before the callback that was asked for."""
    return await acting.carry_out(commands.Close(**acting.stamp()))


@router.post("/reopening", summary="A resolved or closed ticket goes on")
async def reopen(body: schemas.NewReopening, acting: Party) -> Response:
    """Semantics 13."""
    why = acting.text(body.reason)
    return await acting.carry_out(commands.Reopen(**acting.stamp(), content=why.ref), why)


@router.post("/refusal", summary="Refuse the ticket, with one of the desk's reasons")
async def refuse(body: schemas.NewRefusal, acting: Agent) -> Response:
    """WIS-02, WIS-20, MIC-14."""
    return await acting.carry_out(commands.Refuse(**acting.stamp(), reason=body.reason))


@router.post("/callbacks", summary="Log that the client was called")
async def log_callback(body: schemas.NewCallback, acting: Agent) -> Response:
    """EIL-05, EIL-16: may be the last thing that acceptance, or closing, waits for."""
    stamp = acting.stamp(body.made_at, "made_at")
    return await acting.carry_out(commands.LogCallback(**stamp, purpose=body.purpose))
