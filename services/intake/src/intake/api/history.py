"""What happened: the whole history, what was said, files, the live stream, the pull feed."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Path, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from intake.api.documents import Feed, HistoryPage, MessagePage, says
from intake.api.downloads import download_headers
from intake.api.here import AsOf, Here, LongPage, ticket_for
from intake.api.views import (
    SPOKEN,
    Parts,
    history_json,
    is_internal,
    is_note,
    message_json,
    reference_of,
)
from intake.office.premises import Premises
from reglament.errors import NotFound
from reglament.http.auth import AnyCaller, Caller, DeskCaller, is_still_let_in
from reglament.http.paging import Cursor, PageRequest
from reglament.http.parameters import TicketId

router = APIRouter(prefix="/v1", tags=["history"])
Rows = Sequence[Mapping[str, Any]]
POLL_SECONDS, KEEP_ALIVE_SECONDS = 0.5, 15.0
_POSITION = re.compile(r"^(\d{1,20})-(\d{1,18})$")
_INLINE = {"jpg": "image/jpeg", "gif": "image/gif", "png": "image/png", "txt": "text/plain"}


@router.get(
    "/tickets/{ticket}/history",
    summary="The whole history, over all four topics",
    responses=says(HistoryPage),
)
async def read_history(
    ticket: TicketId, page: LongPage, here: Here, caller: AnyCaller, as_of: AsOf = None
) -> Response:
    """A row an event, in the order in which things happened (semantics 23)."""
    await ticket_for(here, caller, ticket)
    rows = _shown(await here.queries.history(ticket, as_of), caller)
    parts = await _parts(here, rows, caller)
    return _answer(page, rows, lambda row: history_json(row, parts))


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
    history = _shown(await here.queries.history(ticket), caller)
    rows = [row for row in history if row["type"] in SPOKEN]
    parts = await _parts(here, rows, caller)
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


@router.get(
    "/tickets/{ticket}/stream",
    summary="The history as it grows (server-sent events)",
    response_class=StreamingResponse,
)
async def stream_ticket(
    ticket: TicketId,
    request: Request,
    here: Here,
    caller: AnyCaller,
    last: Annotated[str | None, Header(alias="Last-Event-ID")] = None,
) -> StreamingResponse:
    """A history row an event, from the beginning or after `Last-Event-ID`."""
    await ticket_for(here, caller, ticket)
    lines = _stream(request, here, caller, ticket, _position(last))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(lines, headers=headers, media_type="text/event-stream")


async def _stream(
    request: Request, here: Premises, caller: Caller, ticket: str, after: tuple[str, int]
) -> AsyncIterator[bytes]:
    silent = 0.0
    yield b"retry: 1000\n\n"
    while await _goes_on(request):
        rows = await here.queries.ticket_feed(ticket, after, 100)
        parts = await _parts(here, _shown(rows, caller), caller)
        for row in rows:
            after = (row["transaction"], row["position"])
            if caller.is_staff or not is_internal(row):
                data = msgspec.json.encode(history_json(row, parts))
                head = f"id: {after[0]}-{after[1]}\nevent: {row['type']}\ndata: ".encode()
                yield head + data + b"\n\n"
        silent = 0.0 if rows else silent + POLL_SECONDS
        if silent >= KEEP_ALIVE_SECONDS:
            silent = 0.0
            yield b": still here\n\n"
        if not rows:
            await asyncio.sleep(POLL_SECONDS)


async def _goes_on(request: Request) -> bool:
    """Until we drain, the reader leaves, or their key is revoked."""
    if request.app.state.draining or await request.is_disconnected():
        return False
    return await is_still_let_in(request)


@router.get("/events", summary="The four topics' feed, by pull", responses=says(Feed))
async def read_feed(
    here: Here,
    caller: DeskCaller,
    desk: Annotated[str, Query(pattern=r"^[a-z][a-z0-9_-]{0,62}$")],
    after: Annotated[
        str | None, Query(max_length=50, description="`next` of the answer before")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """In the order in which they became known; ask again with `after` = `next` for what is new."""
    caller.check_desk(desk)
    rows = await here.queries.feed(desk, _position(after), limit)
    position = f"{rows[-1]['transaction']}-{rows[-1]['position']}" if rows else after
    items = [{**history_json(row, {}), "ticket": row["ticket"], "desk": desk} for row in rows]
    headers = {}
    if position is not None:
        headers["Link"] = f'</v1/events?desk={desk}&after={position}&limit={limit}>; rel="next"'
    document = {"items": items, "next": position}
    return Response(msgspec.json.encode(document), 200, headers, "application/json")


def _position(text: str | None) -> tuple[str, int]:
    if text is None:
        return ("0", 0)
    match = _POSITION.match(text)
    if match is None or int(match[1]) >= 2**63:
        raise HTTPException(400, "not a position that this feed gave")
    return match[1], int(match[2])


def _shown(rows: Rows, caller: Caller) -> Rows:
    return rows if caller.is_staff else [row for row in rows if not is_internal(row)]


async def _parts(here: Premises, rows: Rows, caller: Caller) -> Parts:
    found = (reference_of(row) for row in rows if caller.is_staff or not is_note(row))
    return await here.doors.data.parts(reference for reference in found if reference)


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
