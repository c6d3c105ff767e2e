"""A ticket's clocks as a picture, for pages (contract, sla-clock)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from reglament import clock
from reglament.calendars.zones import zone
from reglament.errors import NotFound
from reglament.http.auth import AnyCaller
from reglament.runtime import InProcess
from sla_clock.api.drawing import Picture, drawn
from sla_clock.api.reader import ReaderLocale
from sla_clock.api.schemas import Moment, TicketPath
from sla_clock.api.sla import known_ticket, plans_of
from sla_clock.domain.clock import Clock, clocks

router = APIRouter(prefix="/v1", tags=["sla"])
HEADERS = {
    # Its own style stands in it; it asks for nothing and runs nothing.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language",
}
PICTURE = {
    200: {"description": "SVG", "content": {"image/svg+xml": {"schema": {"type": "string"}}}},
    404: {"description": "no such ticket, or none of its clocks has started"},
}


@router.get(
    "/tickets/{ticket}/sla/picture",
    operation_id="draw_ticket_sla",
    summary="A ticket's clocks as a timeline",
    response_class=Response,
    responses=PICTURE,  # type: ignore[arg-type]
)
async def ticket_picture(
    ticket: TicketPath,
    caller: AnyCaller,
    runtime: InProcess,
    as_of: Annotated[Moment | None, Query(description="as recorded by then, judged then")] = None,
    locale: ReaderLocale = "en",
    width: Annotated[int, Query(ge=300, le=1600, description="pixels; narrow: for a phone")] = 960,
) -> Response:
    """Every metric's newest cycle and all that are open; each stretch says on hovering why."""
    known = await known_ticket(runtime, caller, ticket)
    moment = min(as_of or clock.now(), clock.now())
    if known.policy_version is None:
        raise NotFound("ticket", ticket)
    plan = plans_of(runtime).of(known)
    found = _worth_drawing(clocks(known.facts, plan, moment))
    if not found:
        raise NotFound("clocks of ticket", ticket)
    picture = Picture(
        title=ticket,
        clocks=found,
        now=_ending(found, moment),
        zone=zone(found[0].target.calendar.zone),
        locale=locale,
        width=width,
        shows_now=any(each.is_open for each in found),
    )
    headers = {**HEADERS, "Content-Language": locale}
    return Response(drawn(picture), 200, headers, "image/svg+xml")


def _worth_drawing(found: Sequence[Clock]) -> list[Clock]:
    newest = {each.cycle.metric: each.cycle.number for each in found}
    return [
        each for each in found if each.is_open or each.cycle.number == newest[each.cycle.metric]
    ]


def _ending(found: Sequence[Clock], moment: datetime) -> datetime:
    """Of clocks that all have ended, the last end: what came after has no colour."""
    ends = [each.ended_at for each in found]
    return moment if None in ends else max(end for end in ends if end is not None)
