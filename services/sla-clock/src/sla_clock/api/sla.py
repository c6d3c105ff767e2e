"""A ticket's clocks, a desk's open clocks, excuses (contract, sla-clock)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from reglament import clock
from reglament.command_handler import Submission, handle
from reglament.errors import NotFound, Refused, Violation
from reglament.events.envelope import Envelope
from reglament.eventstore.store import Answer
from reglament.http.auth import AgentCaller, AnyCaller, Caller, DeskCaller, caller_of
from reglament.http.idempotency import RequestContext, answer_json, replay, respond
from reglament.http.paging import Cursor, Page
from reglament.http.shortcuts import shortcut, ticket_alone
from reglament.instants import rfc3339
from reglament.runtime import InProcess, Runtime, runtime_of
from sla_clock.api.reader import MOST_ACCEPTED, ReaderLocale, reader_locale
from sla_clock.api.schemas import (
    AskedMoment,
    DeskPath,
    ExcuseAsked,
    OpenClocks,
    OpenState,
    SlaGiven,
    TicketPath,
)
from sla_clock.domain.commands import ClockCommand, Excuse
from sla_clock.domain.decider import clock_decider
from sla_clock.domain.explanation import SlaAnswer, explain
from sla_clock.domain.said import Said, evolve
from sla_clock.domain.target import Metric, Plan
from sla_clock.domain.wording import Locale
from sla_clock.plans import Plans
from sla_clock.projections.known import Known, KnownTickets
from sla_clock.projections.ticket_events import TicketFacts

router = APIRouter(prefix="/v1", tags=["sla"])
AHEAD = timedelta(days=366)
# Where clocks without a due time stand in the list; the index of migration 2 says the same.
FAR = "'9999-01-01 00:00:00+00'::timestamptz"
OPEN = f"""
  SELECT key, ticket, metric, cycle, state, priority, within, calendar, started_at, due_at,
    breached_at, coalesce(due_at, {FAR}) AS sort FROM clocks_v1
  WHERE desk = $1 AND is_open AND ($2::text IS NULL OR state = $2)
    AND ($3::text IS NULL OR metric = $3) AND (coalesce(due_at, {FAR}), key) > ($4, $5)
  ORDER BY coalesce(due_at, {FAR}), key LIMIT $6"""  # noqa: S608 - a constant


async def _at_once(request: Request) -> Response | None:
    """The clocks as of now, without the framework."""
    ticket, accepted = ticket_alone(request), request.headers.get("accept-language")
    if ticket is None or len(accepted or "") > MOST_ACCEPTED:
        return None
    caller, runtime = await caller_of(request), await runtime_of(request)
    return await ticket_sla(ticket, caller, runtime, locale=reader_locale(None, accepted))


@router.get(
    "/tickets/{ticket}/sla",
    operation_id="get_ticket_sla",
    summary="A ticket's clocks",
    response_model=SlaGiven,
)
@shortcut(_at_once)
async def ticket_sla(
    ticket: TicketPath,
    caller: AnyCaller,
    runtime: InProcess,
    as_of: Annotated[
        AskedMoment | None,
        Query(description="as recorded by then, judged then; a year ahead at most"),
    ] = None,
    locale: ReaderLocale = "en",
) -> Response:
    """Targets, and segments that say of every stretch of time whether it counted and why."""
    found = await _found(runtime, caller, ticket)
    known = found.facts
    moment = as_of or clock.now()
    if moment - clock.now() > AHEAD:
        raise Refused([Violation(rule="too-far", field="as_of", detail="a year ahead at most")])
    if known.policy_version is None:
        raise NotFound("ticket", ticket)
    plan = plans_of(runtime).of(known)
    excuse_of = found.excuses_by(moment)
    return shown(explain(known.facts, plan, moment, excuse_of, locale), locale)


@router.get(
    "/desks/{desk}/sla",
    operation_id="list_open_clocks",
    summary="Open clocks of a desk",
    response_model=OpenClocks,
)
async def desk_sla(
    desk: DeskPath,
    caller: DeskCaller,
    runtime: InProcess,
    page: Page,
    state: OpenState | None = None,
    metric: Metric | None = None,
) -> Response:
    """Soonest first; those without a due time (paused) last."""
    caller.check_desk(desk)
    after = page.after or Cursor(at=datetime.min.replace(tzinfo=UTC), id="")
    async with runtime.pool.acquire() as connection:
        rows = await connection.fetch(OPEN, desk, state, metric, after.at, after.id, page.fetch)
    return page.answer(rows, lambda row: Cursor(at=row["sort"], id=row["key"]), _row)


@router.post(
    "/tickets/{ticket}/sla/{metric}/excuse",
    operation_id="excuse_breach",
    summary="Excuse a breach with one of the desk's reasons",
    response_model=SlaGiven,
)
async def excuse(
    ticket: TicketPath,
    metric: Metric,
    body: ExcuseAsked,
    caller: AgentCaller,
    context: RequestContext,
    runtime: InProcess,
) -> Response:
    """The breach stays; reports show raw and excused (semantics 12)."""
    found = await _found(runtime, caller, ticket)
    known = found.facts
    if first := await replay(runtime.store, context):
        return first
    if known.policy_version is None:
        raise NotFound("clock", metric)
    plan = plans_of(runtime).of(known)
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
        answer=_answer(known, plan, found.said_by(command.at), command.at),
    )
    appended = await handle(runtime.store, submission)
    if appended.answer is None:  # excused for that reason already
        return await ticket_sla(ticket, caller, runtime)
    return respond(appended.answer, replayed=appended.replayed)


def shown(answer: SlaAnswer, locale: Locale) -> Response:
    """The answer as JSON, times in UTC."""
    headers = {"Content-Language": locale, "Vary": "Accept-Language"}
    return Response(msgspec.json.encode(answer), media_type="application/json", headers=headers)


async def known_ticket(runtime: Runtime, caller: Caller, ticket: str) -> TicketFacts:
    """The ticket's facts. Raises NotFound for one that the caller may not see."""
    return (await _found(runtime, caller, ticket)).facts


async def _found(runtime: Runtime, caller: Caller, ticket: str) -> Known:
    tickets = runtime.extras["known"]
    assert isinstance(tickets, KnownTickets)  # noqa: S101 - app.py put it there
    known = await tickets.find(ticket)
    if known is None:
        raise NotFound("ticket", ticket)
    caller.check_ticket(ticket, known.facts.desk, known.facts.requester)
    return known


def plans_of(runtime: Runtime) -> Plans:
    """The targets of every version of every desk's policy."""
    plans = runtime.extras["plans"]
    assert isinstance(plans, Plans)  # noqa: S101 - app.py put it there
    return plans


def _after(said: Said, envelopes: Iterable[Envelope]) -> Said:
    return reduce(evolve, (envelope.event for envelope in envelopes), said)


def _answer(
    known: TicketFacts, plan: Plan, before: Said, at: datetime
) -> Callable[[Sequence[Envelope]], Answer]:
    """The answer that goes with the events: the clocks after them."""

    def answer(envelopes: Sequence[Envelope]) -> Answer:
        excuse_of = _after(before, envelopes).excuse_of
        return answer_json(explain(known.facts, plan, at, excuse_of))

    return answer


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    times = ("started_at", "due_at", "breached_at")
    return {
        **{name: row[name] for name in ("ticket", "metric", "cycle", "state", "priority")},
        **{name: row[name] for name in ("within", "calendar")},
        **{name: rfc3339(row[name]) if row[name] else None for name in times},
    }
