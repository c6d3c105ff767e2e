"""A draft policy over the real past (contract: POST /sla/simulations; semantics 8)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from starlette.responses import Response

from reglament import clock
from reglament.errors import NotFound, Refused, Violation
from reglament.http.auth import AgentCaller, Caller
from reglament.http.paging import Cursor, Page
from reglament.ids import new_id
from reglament.instants import rfc3339
from reglament.policy import loader
from reglament.runtime import InProcess, Runtime
from sla_clock.api.schemas import Asked, Moment, SegmentGiven, TicketPath
from sla_clock.domain.explanation import explain
from sla_clock.domain.target import Metric
from sla_clock.plans import Plans
from sla_clock.projections.ticket_events import load_facts
from sla_clock.simulations.parting import partings
from sla_clock.simulations.replay import Counted, attained, draft_of, merged

router = APIRouter(prefix="/v1/sla/simulations", tags=["simulations"])
SimulationPath = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
START = """INSERT INTO simulations (id, desk, policy, since, until, as_of, state, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, 'new', $6)"""
FIND = "SELECT * FROM simulations WHERE id = $1"
SHARES = "SELECT done_at IS NOT NULL AS done, counted FROM simulation_shares WHERE simulation = $1"
CANCEL = "UPDATE simulations SET state = 'cancelled' WHERE id = $1 AND state IN ('new', 'running')"
PAGE = """SELECT * FROM simulation_differences
  WHERE simulation = $1 AND key > $2 AND ($3::text IS NULL OR metric = $3)
  ORDER BY key LIMIT $4"""


class SimulationAsked(Asked):
    """Tickets opened in [from, until), judged by the draft as of now."""

    desk: str
    policy: dict[str, Any]
    since: Moment = Field(alias="from")
    until: Moment


class SidesGiven(BaseModel):
    """Clocks by state, and met / (met + breached), under their own policy and under the draft."""

    before: dict[str, int]
    after: dict[str, int]
    attainment_before: float | None
    attainment_after: float | None


class SimulationGiven(BaseModel):
    """Progress, and what has been found so far."""

    id: str
    desk: str
    state: Literal["new", "running", "done", "cancelled"]
    from_: datetime = Field(alias="from")
    until: datetime
    as_of: datetime
    progress: float = Field(description="share of the work that is done")
    tickets: int
    differing: int = Field(description="tickets with a clock that comes out otherwise")
    unreadable: int = Field(description="tickets that could not be reckoned")
    metrics: dict[Metric, SidesGiven] = Field(description="those that the draft changes")


class DifferenceGiven(BaseModel):
    """A clock that comes out otherwise; a state of null: there is no such clock."""

    ticket: str
    metric: Metric
    cycle: int
    was: str | None
    becomes: str | None
    was_due_at: datetime | None
    due_at: datetime | None


class DifferencesGiven(BaseModel):
    """A page."""

    items: list[DifferenceGiven]
    next_cursor: str | None


class InstantGiven(BaseModel):
    """Where one clock's two stories part; before, after: its segments from there on."""

    metric: Metric
    cycle: int
    at: datetime
    before: list[SegmentGiven]
    after: list[SegmentGiven]


@router.post(
    "",
    operation_id="start_simulation",
    summary="Replay the past under a draft policy",
    status_code=202,
    response_model=SimulationGiven,
)
async def start(body: SimulationAsked, caller: AgentCaller, runtime: InProcess) -> Response:
    """What people would have done differently is not imagined. A wrong policy: 422, by field."""
    caller.check_desk(body.desk)
    policy = loader.validate(body.policy)
    if policy.desk != body.desk:
        raise Refused([Violation(rule="other-desk", field="policy.desk", detail=policy.desk)])
    if body.since >= body.until:
        raise Refused([Violation(rule="empty-period", field="until", detail="must follow from")])
    try:
        draft_of(policy)
    except ValueError as fault:
        raise Refused([Violation(rule="malformed", field="policy", detail=str(fault))]) from fault
    simulation, now = new_id(), clock.now()
    document = msgspec.json.encode(body.policy).decode()
    await runtime.pool.execute(START, simulation, body.desk, document, body.since, body.until, now)
    shown = await _shown(runtime, await _found(runtime, caller, simulation))
    headers = {"Location": f"/v1/sla/simulations/{simulation}"}
    return Response(msgspec.json.encode(shown), 202, headers, "application/json")


@router.get(
    "/{simulation}",
    operation_id="get_simulation",
    summary="Progress and result",
    response_model=SimulationGiven,
)
async def show(simulation: SimulationPath, caller: AgentCaller, runtime: InProcess) -> Response:
    """What is found grows while it runs."""
    shown = await _shown(runtime, await _found(runtime, caller, simulation))
    return Response(msgspec.json.encode(shown), media_type="application/json")


@router.delete("/{simulation}", operation_id="cancel_simulation", summary="Cancel", status_code=204)
async def cancel(simulation: SimulationPath, caller: AgentCaller, runtime: InProcess) -> Response:
    """What has been found stays; a share under way is its last. One that is done stays done."""
    await _found(runtime, caller, simulation)
    await runtime.pool.execute(CANCEL, simulation)
    return Response(status_code=204)


@router.get(
    "/{simulation}/differences",
    operation_id="list_simulation_differences",
    summary="Clocks that come out otherwise",
    response_model=DifferencesGiven,
)
async def differences(
    simulation: SimulationPath,
    caller: AgentCaller,
    runtime: InProcess,
    page: Page,
    metric: Metric | None = None,
) -> Response:
    """By ticket."""
    found = await _found(runtime, caller, simulation)
    after = page.after.id if page.after else ""
    rows = await runtime.pool.fetch(PAGE, simulation, after, metric, page.fetch)
    return page.answer(rows, lambda row: Cursor(at=found["as_of"], id=row["key"]), _difference)


@router.get(
    "/{simulation}/tickets/{ticket}",
    operation_id="get_simulated_ticket",
    summary="Where a ticket's two stories part",
    response_model=list[InstantGiven],
)
async def ticket(
    simulation: SimulationPath, ticket: TicketPath, caller: AgentCaller, runtime: InProcess
) -> Response:
    """A clock's first differing instant, with the segments from there on under both policies."""
    found = await _found(runtime, caller, simulation)
    async with runtime.pool.acquire() as connection:
        known = (await load_facts(connection, [ticket])).get(ticket)
    if known is None or known.desk != found["desk"] or known.policy_version is None:
        raise NotFound("ticket", ticket)
    plans = runtime.extras["plans"]
    assert isinstance(plans, Plans)  # noqa: S101 - app.py put it there
    draft = draft_of(loader.validate(msgspec.json.decode(found["policy"])))
    plan = plans.of(known)
    before = explain(known.facts, plan, found["as_of"])
    after = explain(known.facts, draft, found["as_of"])
    return Response(msgspec.json.encode(partings(before, after)), media_type="application/json")


async def _found(runtime: Runtime, caller: Caller, simulation: str) -> Mapping[str, Any]:
    row: Mapping[str, Any] | None = await runtime.pool.fetchrow(FIND, simulation)
    if row is None:
        raise NotFound("simulation", simulation)
    caller.check_desk(row["desk"])
    return row


async def _shown(runtime: Runtime, row: Mapping[str, Any]) -> dict[str, Any]:
    shares = await runtime.pool.fetch(SHARES, row["id"])
    done = [share for share in shares if share["done"]]
    whole = merged([msgspec.json.decode(share["counted"], type=Counted) for share in done])
    progress = len(done) / len(shares) if shares else float(row["state"] == "done")
    times = {name: rfc3339(row[field]) for name, field in _TIMES}
    return {
        **{name: row[name] for name in ("id", "desk", "state")},
        **times,
        "progress": round(progress, 4),
        "tickets": whole.tickets,
        "differing": whole.differing,
        "unreadable": whole.unreadable,
        "metrics": {metric: _sides(sides) for metric, sides in whole.clocks.items()},
    }


_TIMES = (("from", "since"), ("until", "until"), ("as_of", "as_of"))


def _sides(sides: Mapping[str, dict[str, int]]) -> dict[str, Any]:
    before, after = sides.get("before", {}), sides.get("after", {})
    return {
        "before": before,
        "after": after,
        "attainment_before": attained(before),
        "attainment_after": attained(after),
    }


def _difference(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("ticket", "metric", "cycle", "was", "becomes")
    times = {name: rfc3339(row[name]) if row[name] else None for name in ("was_due_at", "due_at")}
    return {**{name: row[name] for name in names}, **times}
