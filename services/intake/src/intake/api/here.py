"""What the routes share: the premises, who may see which ticket, times, files."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query
from pydantic import BeforeValidator
from starlette.requests import Request

from intake.api.schemas import Instant, NewFile
from intake.domain.facts import EnteredBy
from intake.office.premises import KEY, Premises
from intake.personal_data import Upload
from reglament.errors import NotFound, Refused, Violation
from reglament.eventstore.store import Context
from reglament.http.auth import AdminCaller, Caller, DeskCaller
from reglament.http.etags import Expected
from reglament.http.idempotency import RequestContext
from reglament.http.paging import PageRequest, page_request
from reglament.http.parameters import plus
from reglament.mail.formats import detect, packed
from reglament.projections import Row

WHOLE, MOST = 500, 1000


async def premises(request: Request) -> Premises:
    """The premises of the process behind a request."""
    found: Premises = request.app.state.runtime.extras[KEY]
    return found


Here = Annotated[Premises, Depends(premises)]


AsOf = Annotated[
    Annotated[Instant, BeforeValidator(plus)] | None,
    Query(alias="as_of", description="as it was by what had been recorded at that instant"),
]


async def long_page(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MOST, description="rows a page")] = WHOLE,
    cursor: Annotated[
        str | None, Query(max_length=1000, description="`next_cursor` of the page before")
    ] = None,
) -> PageRequest:
    """A page of what belongs to one ticket: whole, unless it is very long."""
    return await page_request(request, limit, cursor)


LongPage = Annotated[PageRequest, Depends(long_page)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A caller about to change something of a desk's, at the version that they saw."""

    here: Premises
    caller: Caller
    context: Context
    expected: int | None


async def by_admin(
    here: Here, caller: AdminCaller, context: RequestContext, expected: Expected
) -> Change:
    """A change that only an admin makes."""
    return Change(here=here, caller=caller, context=context, expected=expected)


async def by_desk(
    here: Here, caller: DeskCaller, context: RequestContext, expected: Expected
) -> Change:
    """A change that agents and integrators of the desk make."""
    return Change(here=here, caller=caller, context=context, expected=expected)


AdminChange = Annotated[Change, Depends(by_admin)]
DeskChange = Annotated[Change, Depends(by_desk)]


async def ticket_for(here: Premises, caller: Caller, ticket: str) -> Row:
    """The ticket's row. Raises NotFound where there is none, or none for this caller."""
    row = await here.queries.ticket(ticket)
    if row is None:
        raise NotFound("ticket", ticket)
    caller.check_ticket(ticket, row["desk"], row["requester"])
    return row


def entered_by(caller: Caller) -> EnteredBy:
    """As whom the caller enters something: an admin stands in for an agent."""
    return "engineer" if caller.is_staff else _OTHERS[caller.role]


_OTHERS: dict[str, EnteredBy] = {"requester": "requester", "integrator": "integrator"}


def happened_at(caller: Caller, said: datetime | None, now: datetime, field: str) -> datetime:
    """When it happened: believed only from an agent, and never in the future (semantics 23)."""
    if said is None or not caller.is_staff:
        return now
    if said > now:
        raise Refused([Violation(rule="time-in-the-future", field=field)])
    return said


async def uploads(files: Sequence[NewFile]) -> tuple[Upload, ...]:
    """The files with what they are by their content, each once."""
    if not files:
        return ()
    found = await asyncio.to_thread(lambda: [_upload(file) for file in files])
    return tuple({upload.id: upload for upload in found}.values())


def _upload(file: NewFile) -> Upload:
    return Upload(
        id=hashlib.sha256(file.content).hexdigest(),
        name=file.name,
        content_type=file.content_type,
        format=detect(file.content),
        packed=packed(file.content),
        content=file.content,
    )
