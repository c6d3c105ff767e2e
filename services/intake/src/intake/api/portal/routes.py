"""The requester's page: server-rendered, opened from the link in the letter (contract, Portal).

The link's token stands behind the #, so that no log keeps it, and no server sees it: the first
page hands it over once, and from then on it is a cookie of this ticket alone.
"""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from intake.api.here import Here
from intake.api.pages.frame import language, rendered
from intake.api.portal import forms
from intake.api.portal.page import Outcome, ticket_page
from intake.api.portal.visit import begun, path_of, refuse_other_sites, texts, visit_of
from intake.office.premises import Premises
from reglament.errors import Unauthorized
from reglament.http.limits import WITH_ATTACHMENTS
from reglament.http.parameters import TicketId

router = APIRouter(prefix="/portal/tickets/{ticket}", include_in_schema=False)
FILES = dict(WITH_ATTACHMENTS)
DONE = ("sent", "called", "thanks")


@router.get("")
async def portal_page(
    ticket: TicketId,
    request: Request,
    here: Here,
    as_of: Annotated[str | None, Query(max_length=40)] = None,
    done: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """The ticket's page; without a good cookie the same for every id, known or not."""
    visit = await visit_of(request, here, ticket)
    if visit is None:
        return _closed(request, ticket)
    moment = visit.asked_moment(as_of) if as_of else None
    said = visit.words.say("portal", done) if done in DONE else ""
    return await ticket_page(visit, moment, Outcome(done=said))


@router.post("/session")
async def begin_visit(ticket: TicketId, request: Request) -> Response:
    """Takes the token, or the whole link, of a letter."""
    said = texts(await request.form()).get("token", "")
    try:
        return await begun(request, ticket, said)
    except Unauthorized:
        return _closed(request, ticket, is_refused=True)


@router.post("/messages", openapi_extra=FILES)
async def write(ticket: TicketId, request: Request, here: Here) -> Response:
    """A message, with files."""
    return await _do(ticket, request, here, (forms.write, "sent"))


@router.post("/information", openapi_extra=FILES)
async def complete(ticket: TicketId, request: Request, here: Here) -> Response:
    """What a returned request lacked."""
    return await _do(ticket, request, here, (forms.complete, "sent"))


@router.post("/callback")
async def ask_for_call(ticket: TicketId, request: Request, here: Here) -> Response:
    """The wish to be called."""
    return await _do(ticket, request, here, (forms.ask_for_call, "called"))


@router.post("/rating")
async def rate(ticket: TicketId, request: Request, here: Here) -> Response:
    """What the requester thinks of the answer."""
    return await _do(ticket, request, here, (forms.rate, "thanks"))


async def _do(
    ticket: str, request: Request, here: Premises, what: tuple[forms.Doing, str]
) -> Response:
    refuse_other_sites(request)
    visit = await visit_of(request, here, ticket)
    if visit is None:
        return _closed(request, ticket, is_refused=True)
    return await forms.carried_out(visit, await forms.form_of(request), *what)


def _closed(request: Request, ticket: str, *, is_refused: bool = False) -> Response:
    values = {"session": f"{path_of(ticket)}/session", "is_refused": is_refused}
    status = 403 if is_refused else 200
    return rendered(request, "portal_closed.html", language(request), values, status)
