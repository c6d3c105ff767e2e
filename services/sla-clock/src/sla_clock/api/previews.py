"""Clocks of a ticket that does not exist, under any policy (contract: POST /sla/previews)."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from reglament import clock
from reglament.errors import Refused, Violation
from reglament.http.auth import AnyCaller
from reglament.policy import loader
from reglament.policy.model import Policy
from reglament.runtime import InProcess, Runtime
from sla_clock.api.sla import shown
from sla_clock.domain.explanation import explain
from sla_clock.domain.planning import plan_of
from sla_clock.domain.previewing import previewed

router = APIRouter(prefix="/v1/sla", tags=["sla"])


class PreviewTicket(BaseModel):
    """What of the ticket decides which targets are its own."""

    model_config = ConfigDict(extra="forbid")

    priority: str | None = None
    category: str | None = None
    channel: str | None = None
    service_level: str | None = None
    targets: list[dict[str, Any]] = []


class EventBody(BaseModel):
    """A ticket event type, or `PolicySwapped {targets, start?: change}`."""

    model_config = ConfigDict(extra="forbid")

    type: str
    at: AwareDatetime
    data: dict[str, Any] = {}


class PreviewBody(BaseModel):
    """A desk's newest policy, or one given here."""

    model_config = ConfigDict(extra="forbid")

    desk: str | None = None
    policy: dict[str, Any] | None = None
    ticket: PreviewTicket = PreviewTicket()
    events: Annotated[list[EventBody], Field(min_length=1, max_length=1000)]
    as_of: AwareDatetime | None = None


@router.post("/previews", operation_id="preview_sla", summary="Clocks of a ticket that is not")
async def previews(body: PreviewBody, caller: AnyCaller, runtime: InProcess) -> dict[str, Any]:
    """The same answer as for a real ticket: the same function gives it (semantics 8)."""
    policy, version = _policy(body, runtime)
    plan = plan_of(policy, version)
    ticket = {"priority": policy.priorities.default, **body.ticket.model_dump(exclude_none=True)}
    try:
        facts = previewed(ticket, plan, [event.model_dump() for event in body.events])
    except ValueError as fault:
        raise Refused([Violation(rule="malformed", field="events", detail=str(fault))]) from fault
    return shown(explain(facts, plan, body.as_of or clock.now()))


def _policy(body: PreviewBody, runtime: Runtime) -> tuple[Policy, int]:
    if body.policy is not None:
        return loader.validate(body.policy), 0
    if body.desk is None:
        raise Refused([Violation(rule="missing", field="desk", detail="desk or policy")])
    newest = runtime.policies.newest(body.desk)
    return newest.policy, newest.version
