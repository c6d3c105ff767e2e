"""Lists of tickets: what may be asked for, within what the caller may see."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from intake.api.documents import Status, TicketPage, says
from intake.api.here import Here, premises
from intake.api.schemas import Code, Instant, Line, storable
from intake.api.views import ticket_json
from intake.office.premises import Premises
from intake.projections.search import Search
from intake.projections.shown import ShownTicket
from reglament.clock import now
from reglament.http.auth import AnyCaller, Caller, caller_of
from reglament.http.paging import DEFAULT_LIMIT, MOST, Cursor, Page, page_request
from reglament.http.parameters import plus
from reglament.http.shortcuts import plain_query, shortcut
from reglament.policy.durations import elapsed_seconds

router = APIRouter(prefix="/v1", tags=["tickets"])


class Wanted(BaseModel):
    """Filters of the list. q: in the subject or the number; requester: an id, or an address.

    unconfirmed: whose confirmation has not arrived within the desk's `alert_after`, or came back.
    """

    model_config = ConfigDict(frozen=True)

    desk: Code | None = None
    status: Status | None = None
    q: Line | None = None
    number: Code | None = None
    updated_since: Annotated[Instant, BeforeValidator(plus)] | None = None
    requester: Annotated[str, Field(max_length=320), AfterValidator(storable)] | None = None
    customer: Code | None = None
    assignee: Code | None = None
    unconfirmed: bool | None = None


class _Asked(Wanted):
    """The whole query of the list."""

    limit: Annotated[int, Field(ge=1, le=MOST)] = DEFAULT_LIMIT
    cursor: Annotated[str, Field(max_length=1000)] | None = None


async def _list_at_once(request: Request) -> Response | None:
    """A list whose query is right, without the framework."""
    asked = plain_query(request, _Asked)
    if asked is None:
        return None
    page = await page_request(request, asked.limit, asked.cursor)
    caller = await caller_of(request)
    return await list_tickets(page, await premises(request), caller, asked)


@router.get("/tickets", summary="Tickets, newest first", responses=says(TicketPage))
@shortcut(_list_at_once)
async def list_tickets(
    page: Page, here: Here, caller: AnyCaller, wanted: Annotated[Wanted, Query()]
) -> Response:
    """Those that the caller may see: a requester's own, an agent's and integrator's desk's."""
    search = _search(here, caller, wanted, page.after.id if page.after else None)

    async def told() -> Response:
        found = await here.shown.tickets(search, page.fetch)
        return page.answer(found, _cursor, lambda one: ticket_json(one.row, one.texts))

    told_the_same = (search, page.limit, page.request.scope["query_string"])
    answer: Response = await here.shown.alike.ask(told_the_same, told)
    return answer


def _search(here: Premises, caller: Caller, wanted: Wanted, below: str | None) -> Search:
    """What is asked for, within what the caller may see."""
    desk = wanted.desk if caller.role == "admin" else caller.desk
    if wanted.desk is not None:
        caller.check_desk(wanted.desk)
    return Search(
        desk=desk,
        status=wanted.status,
        text=wanted.q,
        number=wanted.number,
        updated_since=wanted.updated_since,
        requester=_requesters(here, caller, wanted.requester, desk),
        customer=wanted.customer,
        assignee=wanted.assignee,
        unconfirmed=_waiting_since(here) if wanted.unconfirmed else None,
        only=caller.ticket,
        below=below,
    )


def _requesters(
    here: Premises, caller: Caller, asked: str | None, desk: str | None
) -> tuple[str, ...] | None:
    """Ids of who is asked for: an address is another one at each desk; None: anybody's."""
    if caller.role == "requester":
        return (caller.subject,)
    if asked is None or "@" not in asked:
        return None if asked is None else (asked,)
    desks = here.doors.policies.desks() if desk is None else (desk,)
    return tuple(here.office.requester_of(each, asked) for each in desks)


def _waiting_since(here: Premises) -> tuple[tuple[str, datetime], ...]:
    """By desk that waits for confirmations: what was opened before that is overdue (WIS-21)."""
    at = now()
    policies = [version.policy for version in here.doors.policies.desks().values()]
    return tuple(
        (policy.desk, at - timedelta(seconds=elapsed_seconds(policy.acceptance.alert_after)))
        for policy in policies
        if policy.acceptance.when == "confirmed"
    )


def _cursor(shown: ShownTicket) -> Cursor:
    return Cursor(at=shown.row["arrived_at"], id=shown.row["key"])
