"""A ticket's clocks, a desk's open clocks, excuses (contract, sla-clock)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict

from reglament import clock
from reglament.clock import rfc3339
from reglament.command_handler import Submission, handle
from reglament.errors import NotFound
from reglament.http.auth import AgentCaller, AnyCaller, Caller, DeskCaller
from reglament.http.idempotency import RequestContext
from reglament.http.paging import Cursor, Page
from reglament.runtime import InProcess, Runtime
from sla_clock.domain.commands import ClockCommand, Excuse
from sla_clock.domain.decider import clock_decider
from sla_clock.domain.explanation import Excuses, SlaAnswer, explain
from sla_clock.domain.said import Said, evolve
from sla_clock.domain.target import Metric
from sla_clock.judging import Plans
from sla_clock.projections.ticket_events import TicketFacts, load_facts

router = APIRouter(prefix="/v1", tags=["sla"])
State = Literal["running", "paused", "breached"]
FAR = datetime(9999, 1, 1, tzinfo=UTC)  # where clocks without a due time stand in the list
OPEN = """
  SELECT key, ticket, metric, cycle, state, priority, within, calendar, started_at, due_at,
    breached_at, coalesce(due_at, $2) AS sort FROM clocks_v1
  WHERE desk = $1 AND is_open AND ($3::text IS NULL OR state = $3)
    AND ($4::text IS NULL OR metric = $4) AND (coalesce(due_at, $2), key) > ($5, $6)
  ORDER BY coalesce(due_at, $2), key LIMIT $7"""


class ExcuseBody(BaseModel):
    """Why a breach is excused: one of the desk's reasons."""

    model_config = ConfigDict(extra="forbid")

    cycle: int = 1
    reason: str


@router.get("/tickets/{ticket}/sla", operation_id="get_ticket_sla", summary="A ticket's clocks")
async def ticket_sla(
    ticket: str,
    caller: AnyCaller,
    runtime: InProcess,
    as_of: Annotated[
        AwareDatetime | None, Query(description="as recorded by then, judged then")
    ] = None,
) -> dict[str, Any]:
    """Targets, and segments that say of every stretch of time whether it counted and why."""
    known = await _known(runtime, caller, ticket)
    moment = as_of or clock.now()
    if known.policy_version is None:
        raise NotFound("ticket", ticket)
    plan = _plans(runtime).get(known.desk, known.policy_version)
    return shown(explain(known.facts, plan, moment, await _excuses(runtime, ticket, moment)))


@router.get("/desks/{desk}/sla", operation_id="list_open_clocks", summary="Open clocks of a desk")
async def desk_sla(
    desk: str,
    caller: DeskCaller,
    runtime: InProcess,
    page: Page,
    state: State | None = None,
    metric: Metric | None = None,
) -> Any:
    """Soonest first; those without a due time (paused) last."""
    caller.check_desk(desk)
    after = page.after or Cursor(at=datetime.min.replace(tzinfo=UTC), id="")
    async with runtime.pool.acquire() as connection:
        rows = await connection.fetch(
            OPEN, desk, FAR, state, metric, after.at, after.id, page.fetch
        )
    return page.answer(rows, lambda row: Cursor(at=row["sort"], id=row["key"]), _row)


@router.post(
    "/tickets/{ticket}/sla/{metric}/excuse",
    operation_id="excuse_breach",
    summary="Excuse a breach with one of the desk's reasons",
)
async def excuse(
    ticket: str,
    metric: Metric,
    body: ExcuseBody,
    caller: AgentCaller,
    context: RequestContext,
    runtime: InProcess,
) -> dict[str, Any]:
    """The breach stays; reports show raw and excused (semantics 12)."""
    known = await _known(runtime, caller, ticket)
    if known.policy_version is None:
        raise NotFound("clock", metric)
    plan = _plans(runtime).get(known.desk, known.policy_version)
    command = Excuse(
        metric=metric,
        cycle=body.cycle,
        reason=body.reason,
        at=context.recorded_at,
        actor=caller.actor,
    )
    submission: Submission[ClockCommand, Said] = Submission(
        stream=f"ticket/{ticket}",
        subject=ticket,
        desk=known.desk,
        command=command,
        decider_for=lambda _version: clock_decider(plan),
        context=context,
        policy_version=plan.version,
    )
    await handle(runtime.store, submission)
    return await ticket_sla(ticket, caller, runtime)


def shown(answer: SlaAnswer) -> dict[str, Any]:
    """The answer as JSON data, times in UTC."""
    data: dict[str, Any] = msgspec.to_builtins(answer)
    return data


async def _known(runtime: Runtime, caller: Caller, ticket: str) -> TicketFacts:
    async with runtime.pool.acquire() as connection:
        known = (await load_facts(connection, [ticket])).get(ticket)
    if known is None:
        raise NotFound("ticket", ticket)
    caller.check_ticket(ticket, known.desk, known.requester)
    return known


def _plans(runtime: Runtime) -> Plans:
    plans = runtime.extras["plans"]
    assert isinstance(plans, Plans)  # noqa: S101 - app.py put it there
    return plans


async def _excuses(runtime: Runtime, ticket: str, moment: datetime) -> Excuses:
    history = await runtime.store.load(f"ticket/{ticket}")
    said = Said()
    for envelope in history:
        if envelope.recorded_at <= moment:
            said = evolve(said, envelope.event)
    return said.excuse_of


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    times = ("started_at", "due_at", "breached_at")
    return {
        **{name: row[name] for name in ("ticket", "metric", "cycle", "state", "priority")},
        **{name: row[name] for name in ("within", "calendar")},
        **{name: rfc3339(row[name]) if row[name] else None for name in times},
    }
