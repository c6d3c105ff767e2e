"""Opening a ticket, and reading tickets: one, many, as of a moment, its files."""

import re
from datetime import datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from intake.api.answers import after, parts_of, ticket_answer
from intake.api.documents import Ticket, says
from intake.api.here import AsOf, Here, entered_by, happened_at, premises, uploads
from intake.api.schemas import NewTicket
from intake.api.views import etag_of
from intake.office.incoming import How, Incoming, Outcome, Sender
from intake.office.office import Standing
from intake.office.premises import Premises
from reglament import metrics
from reglament.errors import Forbidden, NotFound, Refused
from reglament.http.auth import AnyCaller, Caller, caller_of
from reglament.http.etags import not_modified
from reglament.http.idempotency import RequestContext, command_context, replay, respond
from reglament.http.limits import WITH_ATTACHMENTS
from reglament.http.parameters import NAME_PATTERN, DeskName, TicketId
from reglament.http.shortcuts import json_body, shortcut, ticket_alone

router = APIRouter(prefix="/v1", tags=["tickets"])


async def _at_once(request: Request) -> Response | None:
    """What `open_ticket` gets, without the framework: so a request costs less than half."""
    desk, said = request.path_params["desk"], request.headers.get("idempotency-key")
    body = await json_body(request, NewTicket)
    if body is None or re.fullmatch(NAME_PATTERN, desk) is None:
        return None
    caller = await caller_of(request)
    context = await command_context(request, caller, said)
    return await open_ticket(desk, body, await premises(request), caller, context)


@router.post(
    "/desks/{desk}/tickets",
    status_code=201,
    summary="Open a ticket",
    responses=says(Ticket, 201) | says(Ticket),
    openapi_extra=dict(WITH_ATTACHMENTS),
)
@shortcut(_at_once)
async def open_ticket(
    desk: DeskName, body: NewTicket, here: Here, caller: AnyCaller, context: RequestContext
) -> Response:
    """Registered, or `returned` with its violations; 200 with the first ticket where the same
    request was made before. 422 where the desk refuses: then nothing is registered.
    """
    caller.check_desk(desk)
    if caller.ticket is not None:
        raise Forbidden("a portal link opens no tickets")
    how = How(actor=caller.actor, entered_by=entered_by(caller), context=context)
    incoming = await _incoming(here, desk, body, caller, context.recorded_at)
    try:
        outcome = await here.office.open(
            desk,
            incoming,
            how,
            lambda made, content: ticket_answer(
                after(None, made), {(content.ref.id, content.ref.version): content.parts}, 201
            ),
        )
        if outcome.is_duplicate:
            return await _joined(here, desk, incoming, how, outcome)
    except Refused as refusal:
        # What is refused now may have been taken when this key was used first.
        if (first := await replay(here.doors.store, context)) is not None:
            return first
        metrics.REQUESTS_REFUSED.labels(desk, body.channel, refusal.kind).inc()
        raise
    if outcome.answer is None:
        raise NotFound("answer", outcome.ticket)
    return respond(outcome.answer, replayed=outcome.is_replayed)


async def _joined(
    here: Premises, desk: str, incoming: Incoming, how: How, outcome: Outcome
) -> Response:
    """The first ticket, which has taken the same request again (MIC-13)."""
    if (first := await replay(here.doors.store, how.context)) is not None:
        return first
    row = await here.queries.ticket(outcome.ticket)
    if row is None:
        raise NotFound("ticket", outcome.ticket)
    parts = await parts_of(here, row)
    appended = await here.office.join(
        Standing(ticket=outcome.ticket, desk=desk),
        incoming,
        how,
        lambda made: ticket_answer(after(row, made), parts),
    )
    answer = appended.answer or ticket_answer(row, parts)
    response = respond(answer, replayed=appended.replayed)
    response.headers["Location"] = f"/v1/tickets/{outcome.ticket}"
    return response


async def _incoming(
    here: Premises, desk: str, body: NewTicket, caller: Caller, now: datetime
) -> Incoming:
    said = body.requester
    is_requester = caller.role == "requester"
    own = here.office.requester_of(desk, said.email) if is_requester and said.email else None
    sender = Sender(
        email=said.email.strip(),
        id=caller.subject if is_requester else None,
        name=said.name,
        phone=said.phone,
        customer=said.customer,
        callback=said.callback,
        locale=said.locale,
        authenticated=own == caller.subject if is_requester else None,
    )
    return Incoming(
        channel=body.channel,
        at=happened_at(caller, body.received_at, now, "received_at"),
        sender=sender,
        subject=body.subject,
        description=body.description,
        fields=body.fields,
        priority=body.priority,
        category=body.category,
        cause=body.cause,
        files=await uploads(body.attachments),
    )


async def _read_at_once(request: Request) -> Response | None:
    """A ticket as it is now, without the framework."""
    ticket = ticket_alone(request)
    if ticket is None:
        return None
    caller = await caller_of(request)
    return await read_ticket(ticket, request, await premises(request), caller)


@router.get("/tickets/{ticket}", summary="A ticket, now or as of a moment", responses=says(Ticket))
@shortcut(_read_at_once)
async def read_ticket(
    ticket: TicketId, request: Request, here: Here, caller: AnyCaller, as_of: AsOf = None
) -> Response:
    """The Ticket; with `as_of` by what had been recorded then."""
    shown = await here.shown.ticket(ticket)
    if shown is None:
        raise NotFound("ticket", ticket)
    row = shown.row
    caller.check_ticket(ticket, row["desk"], row["requester"])
    if as_of is not None:
        past = await here.queries.ticket_as_of(ticket, as_of)
        if past is None:
            raise NotFound("ticket", ticket)
        return respond(ticket_answer(past, await parts_of(here, past)))
    unchanged = not_modified(request, etag_of(row))
    return unchanged or respond(ticket_answer(row, shown.texts))
