"""What happened: the whole history, what was said, files."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from intake.api.documents import HistoryPage, MessagePage, says
from intake.api.downloads import download_headers
from intake.api.here import AsOf, Here, LongPage, long_page, premises, ticket_for
from intake.api.told import Rows, shown_rows, texts_for, texts_of
from intake.api.views import (
    SPOKEN,
    is_internal,
    message_json,
    told_json,
)
from intake.office.premises import Premises
from intake.projections.history import ordered
from reglament.errors import NotFound
from reglament.http.auth import AnyCaller, caller_of
from reglament.http.paging import Cursor, PageRequest
from reglament.http.parameters import TicketId
from reglament.http.shortcuts import shortcut, ticket_alone

router = APIRouter(prefix="/v1", tags=["history"])
_INLINE = {"jpg": "image/jpeg", "gif": "image/gif", "png": "image/png", "txt": "text/plain"}


async def _at_once(request: Request) -> Response | None:
    """A whole history as of now, without the framework."""
    ticket = ticket_alone(request)
    if ticket is None:
        return None
    page, caller = await long_page(request), await caller_of(request)
    return await read_history(ticket, page, await premises(request), caller)


@router.get(
    "/tickets/{ticket}/history",
    summary="The whole history, over all four topics",
    responses=says(HistoryPage),
)
@shortcut(_at_once)
async def read_history(
    ticket: TicketId, page: LongPage, here: Here, caller: AnyCaller, as_of: AsOf = None
) -> Response:
    """A row an event, in the order in which things happened (semantics 23); for the desk's own
    people with the way to its trace."""
    found = await here.shown.history(ticket, as_of)
    if found is None:
        raise NotFound("ticket", ticket)
    caller.check_ticket(ticket, found.desk, found.requester)
    rows = shown_rows(ordered(found.rows), caller)
    parts = texts_for(rows, caller, found.texts)
    url = here.trace_url if caller.is_staff else None
    return _answer(page, rows, lambda row: told_json(row, parts, url))


@router.get(
    "/tickets/{ticket}/messages",
    summary="What was said, by either side",
    responses=says(MessagePage),
)
async def read_messages(
    ticket: TicketId, page: LongPage, here: Here, caller: AnyCaller
) -> Response:
    """Messages, questions and what answered them, the resolution. Notes only to the desk."""
    await ticket_for(here, caller, ticket)
    history = shown_rows(await here.queries.history(ticket), caller)
    rows = [row for row in history if row["type"] in SPOKEN]
    parts = await texts_of(here, rows, caller)
    return _answer(page, rows, lambda row: message_json(row, parts))


@router.get(
    "/tickets/{ticket}/attachments/{attachment}",
    summary="A file's bytes",
    response_class=Response,
)
async def read_attachment(
    ticket: TicketId,
    attachment: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")],
    here: Here,
    caller: AnyCaller,
) -> Response:
    """As it came; to be saved, never shown by a browser as a page."""
    await ticket_for(here, caller, ticket)
    if not caller.is_staff:
        await _refuse_notes_file(here, ticket, attachment)
    kind, content = await here.doors.data.file(ticket, attachment)
    named = (await here.doors.data.named(ticket)).get(attachment, {})
    name = str(named.get("name") or f"{attachment[:12]}.{kind}")
    media = _INLINE.get(kind, "application/octet-stream")
    return Response(content, 200, download_headers(name), media)


async def _refuse_notes_file(here: Premises, ticket: str, attachment: str) -> None:
    """A file that only internal notes name is not there for a requester."""
    rows = [row for row in await here.queries.events(ticket) if not is_internal(row)]
    files = {each["id"] for row in rows for each in row["data"].get("attachments", ())}
    if attachment not in files:
        raise NotFound("attachment", attachment)


def _answer(page: PageRequest, rows: Rows, shown: Any) -> Response:
    """The page after the row that was shown last, wherever that stands by now."""
    start = 0
    if page.after is not None:
        keys = [row["key"] for row in rows]
        start = keys.index(page.after.id) + 1 if page.after.id in keys else len(keys)
    return page.answer(rows[start : start + page.fetch], _cursor, shown)


def _cursor(row: Mapping[str, Any]) -> Cursor:
    at: datetime = row["at"]
    return Cursor(at=at, id=row["key"])
