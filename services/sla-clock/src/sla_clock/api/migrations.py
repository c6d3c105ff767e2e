"""Another policy version for a desk's live tickets: previewed, then applied (semantics 16)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from starlette.responses import Response

from reglament import clock
from reglament.errors import NotFound, NotYet, Refused, Violation
from reglament.http.auth import AgentCaller
from reglament.http.paging import Cursor, Page
from reglament.ids import new_id
from reglament.instants import rfc3339
from reglament.runtime import InProcess, Runtime
from sla_clock.api.schemas import Asked, DeskPath
from sla_clock.domain.clock import Verdict, verdicts
from sla_clock.domain.target import Metric
from sla_clock.judging import Plans, moved, standing
from sla_clock.moving.carrying import LIVE
from sla_clock.projections.ticket_events import TicketFacts, load_facts

router = APIRouter(prefix="/v1/desks/{desk}/migrations", tags=["migrations"])
MigrationPath = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
START = """INSERT INTO policy_moves (id, desk, version, actor, state, created_at)
  VALUES ($1, $2, $3, $4, 'running', $5)"""
FIND = "SELECT * FROM policy_moves WHERE id = $1 AND desk = $2"
LEFT = """SELECT count(DISTINCT ticket) FROM clocks_v1
  WHERE desk = $1 AND is_open AND ticket > $2"""


class MigrationAsked(Asked):
    """to: a published version. dry_run: what would change, a page of live tickets at a time."""

    to: Annotated[int, Field(ge=1, le=2**31 - 1)]
    dry_run: bool = False


class MigrationGiven(BaseModel):
    """How far it has come."""

    id: str
    desk: str
    to: int
    state: Literal["running", "done"]
    moved: int = Field(description="tickets whose clocks go by the new version")
    left: int = Field(description="live tickets to look at still")


class ChangeGiven(BaseModel):
    """What becomes of one clock; `from_version`: by which its targets go now."""

    ticket: str
    metric: Metric
    cycle: int
    from_version: int
    was: str | None
    becomes: str | None
    was_due_at: datetime | None
    due_at: datetime | None


class ChangesGiven(BaseModel):
    """A page of live tickets, of which only those that change are shown."""

    items: list[ChangeGiven]
    next_cursor: str | None


@router.post(
    "",
    operation_id="migrate_desk",
    summary="Move live tickets to another policy version",
    status_code=202,
    response_model=MigrationGiven,
    responses={200: {"model": ChangesGiven, "description": "with `dry_run`: what would change"}},
)
async def migrate(
    desk: DeskPath, body: MigrationAsked, caller: AgentCaller, runtime: InProcess, page: Page
) -> Response:
    """Targets are counted anew from each clock's start and keep the pauses already taken."""
    caller.check_desk(desk)
    plans = runtime.extras["plans"]
    assert isinstance(plans, Plans)  # noqa: S101 - app.py put it there
    try:
        plans.get(desk, body.to)
    except NotYet as fault:
        raise Refused(
            [Violation(rule="unknown-version", field="to", detail=str(body.to))]
        ) from fault
    if body.dry_run:
        return await _preview(runtime, plans, desk, body.to, page)
    migration, now = new_id(), clock.now()
    actor = msgspec.json.encode(caller.actor).decode()
    await runtime.pool.execute(START, migration, desk, body.to, actor, now)
    headers = {"Location": f"/v1/desks/{desk}/migrations/{migration}"}
    shown = msgspec.json.encode(await _shown(runtime, desk, migration))
    return Response(shown, 202, headers, "application/json")


@router.get(
    "/{migration}",
    operation_id="get_migration",
    summary="How far a migration has come",
    response_model=MigrationGiven,
)
async def show(
    desk: DeskPath, migration: MigrationPath, caller: AgentCaller, runtime: InProcess
) -> Response:
    """It goes on after a restart where it was."""
    caller.check_desk(desk)
    shown = await _shown(runtime, desk, migration)
    return Response(msgspec.json.encode(shown), media_type="application/json")


async def _shown(runtime: Runtime, desk: str, migration: str) -> dict[str, Any]:
    row = await runtime.pool.fetchrow(FIND, migration, desk)
    if row is None:
        raise NotFound("migration", migration)
    left = 0
    if row["state"] != "done":
        left = await runtime.pool.fetchval(LEFT, desk, row["last"])
    said = {name: row[name] for name in ("id", "desk", "state", "moved")}
    return {**said, "to": row["version"], "left": left}


async def _preview(runtime: Runtime, plans: Plans, desk: str, to: int, page: Page) -> Response:
    now = clock.now()
    after = page.after.id if page.after else ""
    async with runtime.pool.acquire() as connection:
        rows = await connection.fetch(LIVE, desk, after, page.fetch)
        known = await load_facts(connection, [row["ticket"] for row in rows])
    whole = page.answer(
        rows, lambda row: Cursor(at=now, id=row["ticket"]), lambda row: row["ticket"]
    )
    found = msgspec.json.decode(whole.body)
    items = [
        change
        for ticket in found["items"]
        if ticket in known
        for change in _changes(known[ticket], plans, to, now)
    ]
    headers = {name: value for name, value in whole.headers.items() if name == "link"}
    document = {"items": items, "next_cursor": found["next_cursor"]}
    return Response(msgspec.json.encode(document), 200, headers, "application/json")


def _changes(known: TicketFacts, plans: Plans, to: int, now: datetime) -> Iterable[dict[str, Any]]:
    version = standing(known)
    if known.policy_version is None or version is None or version == to:
        return
    plan = plans.get(known.desk, known.policy_version)
    before = _by_key(verdicts(known.facts, plan, now))
    after = _by_key(verdicts(moved(known, to, now).facts, plan, now))
    for metric, cycle in sorted(before.keys() | after.keys()):
        was, becomes = _said(before.get((metric, cycle))), _said(after.get((metric, cycle)))
        if was != becomes:
            yield {
                "ticket": known.ticket,
                "metric": metric,
                "cycle": cycle,
                "from_version": version,
                "was": was[0],
                "becomes": becomes[0],
                "was_due_at": was[1],
                "due_at": becomes[1],
            }


def _by_key(found: Iterable[Verdict]) -> Mapping[tuple[str, int], Verdict]:
    return {(one.cycle.metric, one.cycle.number): one for one in found}


def _said(one: Verdict | None) -> tuple[str | None, str | None]:
    if one is None:
        return None, None
    return one.state, None if one.due_at is None else rfc3339(one.due_at)
