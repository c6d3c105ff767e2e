"""Another policy version, or newer holidays, for a desk's live tickets (semantics 6, 16)."""

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
from reglament.instants import rfc3339
from reglament.runtime import InProcess, Runtime
from sla_clock.api.schemas import Asked, DeskPath
from sla_clock.api.sla import plans_of
from sla_clock.domain.clock import Verdict, verdicts
from sla_clock.domain.target import Metric
from sla_clock.moving.carrying import LIVE
from sla_clock.moving.starting import start_move
from sla_clock.plans import Move, Plans, migrated, moved, standing
from sla_clock.projections.ticket_events import TicketFacts, load_facts

router = APIRouter(prefix="/v1/desks/{desk}/migrations", tags=["migrations"])
MigrationPath = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
FIND = "SELECT * FROM policy_moves WHERE id = $1 AND desk = $2"
LEFT = """SELECT count(DISTINCT ticket) FROM clocks_v1
  WHERE desk = $1 AND is_open AND ticket > $2"""
NOTED = "SELECT ticket, cause FROM policy_move_tickets WHERE move = $1 ORDER BY ticket"
CANCEL = "UPDATE policy_moves SET state = 'cancelled' WHERE id = $1 AND state = 'running'"
MOST_SHOWN = 100


class MigrationAsked(Asked):
    """to: a published version; without it tickets keep theirs. calendars: the newest holidays too.

    dry_run: what would change, a page of live tickets at a time.
    """

    to: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    calendars: bool = False
    dry_run: bool = False


class NotMovedGiven(BaseModel):
    """A ticket that cannot be judged; it keeps what it had."""

    ticket: str
    cause: str


class MigrationGiven(BaseModel):
    """How far it has come."""

    id: str
    desk: str
    to: int | None
    calendars: bool
    state: Literal["running", "done", "cancelled"]
    moved: int = Field(description="tickets whose clocks go by what is new")
    left: int = Field(description="live tickets to look at still")
    failed: int = Field(description="tickets that could not be moved")
    failures: list[NotMovedGiven] = Field(description=f"the first {MOST_SHOWN} of them")


class ChangeGiven(BaseModel):
    """What becomes of one clock; `from_version`: by which its targets go now."""

    ticket: str
    metric: Metric
    cycle: int
    from_version: int
    to_version: int
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
    plans = plans_of(runtime)
    move = _move(body, plans, desk)
    if body.dry_run:
        return await _preview(runtime, plans, desk, move, page)
    migration = await start_move(runtime.pool, desk, move, caller.actor, clock.now())
    headers = {"Location": f"/v1/desks/{desk}/migrations/{migration}"}
    shown = msgspec.json.encode(await _shown(runtime, desk, migration))
    return Response(shown, 202, headers, "application/json")


def _move(body: MigrationAsked, plans: Plans, desk: str) -> Move:
    if body.to is None and not body.calendars:
        raise Refused([Violation(rule="nothing-asked", field="to", detail="or calendars: true")])
    if body.to is not None:
        try:
            plans.get(desk, body.to)
        except NotYet as fault:
            raise Refused(
                [Violation(rule="unknown-version", field="to", detail=str(body.to))]
            ) from fault
    return Move(version=body.to, is_newest=body.calendars)


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


@router.delete(
    "/{migration}", operation_id="cancel_migration", summary="Cancel a migration", status_code=204
)
async def cancel(
    desk: DeskPath, migration: MigrationPath, caller: AgentCaller, runtime: InProcess
) -> Response:
    """What has been moved stays so; one that is done stays done."""
    caller.check_desk(desk)
    await _shown(runtime, desk, migration)
    await runtime.pool.execute(CANCEL, migration)
    return Response(status_code=204)


async def _shown(runtime: Runtime, desk: str, migration: str) -> dict[str, Any]:
    row = await runtime.pool.fetchrow(FIND, migration, desk)
    if row is None:
        raise NotFound("migration", migration)
    noted = await runtime.pool.fetch(NOTED, migration)
    failures = [dict(one) for one in noted if one["cause"] is not None]
    left = len(noted) - len(failures)
    if row["state"] == "running":
        left += await runtime.pool.fetchval(LEFT, desk, row["last"])
    said = {name: row[name] for name in ("id", "desk", "calendars", "state", "moved")}
    return {
        **said,
        "to": row["version"],
        "left": left,
        "failed": len(failures),
        "failures": failures[:MOST_SHOWN],
    }


async def _preview(runtime: Runtime, plans: Plans, desk: str, move: Move, page: Page) -> Response:
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
        for change in _changes(known[ticket], plans, move, now)
    ]
    headers = {name: value for name, value in whole.headers.items() if name == "link"}
    document = {"items": items, "next_cursor": found["next_cursor"]}
    return Response(msgspec.json.encode(document), 200, headers, "application/json")


def _changes(
    known: TicketFacts, plans: Plans, move: Move, now: datetime
) -> Iterable[dict[str, Any]]:
    if known.policy_version is None:
        return
    plan = plans.of(known)
    held, holds = standing(known, plan), plans.after(known, move)
    if held == holds:
        return
    then = moved(known, migrated(held, holds, now))
    before = _by_key(verdicts(known.facts, plan, now))
    after = _by_key(verdicts(then.facts, plan, now))
    for metric, cycle in sorted(before.keys() | after.keys()):
        was, becomes = _said(before.get((metric, cycle))), _said(after.get((metric, cycle)))
        if was != becomes:
            yield {
                "ticket": known.ticket,
                "metric": metric,
                "cycle": cycle,
                "from_version": held[0],
                "to_version": holds[0],
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
