"""Clocks of a ticket that does not exist, under any policy (contract: POST /sla/previews)."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import Field
from starlette.responses import Response

from reglament import clock
from reglament.errors import NotFound, NotYet, Refused, Violation
from reglament.http.auth import AnyCaller, Caller
from reglament.policy import loader
from reglament.policy.model import Policy
from reglament.runtime import InProcess, Runtime
from sla_clock.api.reader import ReaderLocale
from sla_clock.api.schemas import PREVIEWS, Asked, Moment, SlaGiven
from sla_clock.api.sla import shown
from sla_clock.domain.explanation import explain
from sla_clock.domain.planning import plan_of
from sla_clock.domain.previewing import previewed

router = APIRouter(prefix="/v1/sla", tags=["sla"])
LONGEST = timedelta(days=3660)  # each day is explained, so a preview of ages would be endless


class PreviewTicket(Asked):
    """What of the ticket decides which targets are its own."""

    priority: str | None = None
    category: str | None = None
    channel: str | None = None
    service_level: str | None = None
    targets: tuple[dict[str, Any], ...] = ()


class EventBody(Asked):
    """A ticket event type, or `PolicySwapped {targets, start?: change}`."""

    type: str
    at: Moment
    data: dict[str, Any] = Field(default_factory=dict)


class PreviewBody(Asked):
    """A desk's newest policy, or one given here."""

    desk: str | None = None
    policy: dict[str, Any] | None = None
    ticket: PreviewTicket = PreviewTicket()
    events: Annotated[list[EventBody], Field(min_length=1, max_length=1000)]
    as_of: Moment | None = None


@router.post(
    "/previews",
    operation_id="preview_sla",
    summary="Clocks of a ticket that is not",
    response_model=SlaGiven,
)
async def previews(
    body: Annotated[PreviewBody, Body(openapi_examples=PREVIEWS)],
    caller: AnyCaller,
    runtime: InProcess,
    locale: ReaderLocale,
) -> Response:
    """The same answer as for a real ticket: the same function gives it (semantics 8)."""
    policy, version = _policy(body, caller, runtime)
    ticket = {"priority": policy.priorities.default, **body.ticket.model_dump(exclude_none=True)}
    moment = _moment(body)
    try:
        plan = plan_of(policy, version)
        facts = previewed(ticket, plan, [event.model_dump() for event in body.events])
        return shown(explain(facts, plan, moment, locale=locale), locale)
    except (ValueError, OverflowError) as fault:
        raise _refused("malformed", "events", str(fault)) from fault


def _moment(body: PreviewBody) -> datetime:
    moment = body.as_of or clock.now()
    if moment - min(event.at for event in body.events) > LONGEST:
        raise _refused("too-long", "as_of", f"at most {LONGEST.days} days after the first event")
    return moment


def _policy(body: PreviewBody, caller: Caller, runtime: Runtime) -> tuple[Policy, int]:
    if body.policy is not None:
        return loader.validate(body.policy), 0
    if body.desk is None:
        raise _refused("missing", "desk", "desk or policy")
    caller.check_desk(body.desk)
    try:
        newest = runtime.policies.newest(body.desk)
    except NotYet as fault:
        raise NotFound("desk", body.desk) from fault
    return newest.policy, newest.version


def _refused(rule: str, field: str, detail: str) -> Refused:
    return Refused([Violation(rule=rule, field=field, detail=detail)])
