"""What happens, as it becomes known: by pull, and as streams of a ticket and of a desk."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from intake.api.documents import Feed, says
from intake.api.here import Here, ticket_for
from intake.api.told import Rows, shown_rows, texts_of
from intake.api.views import Parts, history_json, is_internal
from intake.office.premises import Premises
from reglament.http.auth import AnyCaller, Caller, DeskCaller, is_still_let_in
from reglament.http.parameters import NAME_PATTERN, TicketId

router = APIRouter(prefix="/v1", tags=["history"])
POLL_SECONDS, KEEP_ALIVE_SECONDS, BATCH = 0.5, 15.0, 100
STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_POSITION = re.compile(r"^(\d{1,20})-(\d{1,18})$")
Position = tuple[str, int]
DeskAsked = Annotated[str, Query(pattern=NAME_PATTERN)]
After = Annotated[
    str | None,
    Query(
        max_length=50, description="what came up to that position is left out; `end`: all so far"
    ),
]
LastEventId = Annotated[str | None, Header(alias="Last-Event-ID")]


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
    last: LastEventId = None,
    after: After = None,
) -> StreamingResponse:
    """A history row an event, from the beginning or after `Last-Event-ID`."""
    await ticket_for(here, caller, ticket)
    stream = tickets_stream(request, here, caller, ticket)
    return await _answered(stream, last or after, lambda: here.queries.last_position(ticket))


@router.get(
    "/events/stream",
    summary="A desk's events as they become known (server-sent events)",
    response_class=StreamingResponse,
)
async def stream_desk(
    request: Request,
    here: Here,
    caller: DeskCaller,
    desk: DeskAsked,
    last: LastEventId = None,
    after: After = None,
) -> StreamingResponse:
    """What `GET /v1/events` gives by pull, at the same positions; from the beginning if none."""
    caller.check_desk(desk)
    stream = Stream(
        request=request,
        here=here,
        caller=caller,
        read=lambda position: here.queries.feed(desk, position, BATCH),
        shown=lambda row, shown: {**shown, "ticket": row["ticket"], "desk": desk},
    )
    return await _answered(stream, last or after, lambda: here.queries.desks_last_position(desk))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Events to one reader. read: the rows after a position; shown: what a row's JSON becomes."""

    request: Request
    here: Premises
    caller: Caller
    read: Callable[[Position], Awaitable[Rows]]
    shown: Callable[[Mapping[str, Any], dict[str, Any]], dict[str, Any]]

    async def lines(self, after: Position) -> AsyncIterator[bytes]:
        """Until we drain, the reader leaves, or their key is revoked."""
        silent = 0.0
        yield b"retry: 1000\n\n"
        while await self._goes_on():
            rows = await self.read(after)
            parts = await texts_of(self.here, shown_rows(rows, self.caller), self.caller)
            for row in rows:
                after = position_of(row)
                if self.caller.is_staff or not is_internal(row):
                    yield self._said(row, parts)
            silent = 0.0 if rows else silent + POLL_SECONDS
            if silent >= KEEP_ALIVE_SECONDS:
                silent = 0.0
                yield b": still here\n\n"
            if not rows:
                await asyncio.sleep(POLL_SECONDS)

    def _said(self, row: Mapping[str, Any], parts: Parts) -> bytes:
        data = msgspec.json.encode(self.shown(row, history_json(row, parts)))
        head = f"id: {spelt(position_of(row))}\nevent: {row['type']}\ndata: ".encode()
        return head + data + b"\n\n"

    async def _goes_on(self) -> bool:
        if self.request.app.state.draining or await self.request.is_disconnected():
            return False
        return await is_still_let_in(self.request)


def tickets_stream(request: Request, here: Premises, caller: Caller, ticket: str) -> Stream:
    """What happens to one ticket, as far as the caller may see it."""
    return Stream(
        request=request,
        here=here,
        caller=caller,
        read=lambda position: here.queries.ticket_feed(ticket, position, BATCH),
        shown=lambda row, shown: shown,
    )


async def _answered(
    stream: Stream, after: str | None, end: Callable[[], Awaitable[Position]]
) -> StreamingResponse:
    lines = stream.lines(await end() if after == "end" else parsed(after))
    return StreamingResponse(lines, headers=STREAM_HEADERS, media_type="text/event-stream")


@router.get("/events", summary="The four topics' feed, by pull", responses=says(Feed))
async def read_feed(
    here: Here,
    caller: DeskCaller,
    desk: DeskAsked,
    after: Annotated[
        str | None, Query(max_length=50, description="`next` of the answer before")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """In the order in which they became known; ask again with `after` = `next` for what is new."""
    caller.check_desk(desk)
    rows = await here.queries.feed(desk, parsed(after), limit)
    position = spelt(position_of(rows[-1])) if rows else after
    items = [{**history_json(row, {}), "ticket": row["ticket"], "desk": desk} for row in rows]
    headers = {}
    if position is not None:
        headers["Link"] = f'</v1/events?desk={desk}&after={position}&limit={limit}>; rel="next"'
    document = {"items": items, "next": position}
    return Response(msgspec.json.encode(document), 200, headers, "application/json")


def position_of(row: Mapping[str, Any]) -> Position:
    """Where a row of the feed stands."""
    return row["transaction"], row["position"]


def spelt(position: Position) -> str:
    """As readers say it."""
    return f"{position[0]}-{position[1]}"


def parsed(text: str | None) -> Position:
    """Raises HTTPException(400)."""
    if text is None:
        return ("0", 0)
    match = _POSITION.match(text)
    if match is None or int(match[1]) >= 2**63:
        raise HTTPException(400, "not a position that this feed gave")
    return match[1], int(match[2])
