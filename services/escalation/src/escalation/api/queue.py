"""The queue as it hands out, and claims: the next ticket to an engineer who may take it."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import asyncpg
from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from escalation.api.schemas import AssignmentGiven, ClaimAsked, DeskPath, QueueGiven
from escalation.api.tickets import ATTEMPTS, PATIENCE, Asking, known_engineer, newest_policy
from escalation.domain.commands import Claim, Engineer
from escalation.domain.levels import obstacles, place
from escalation.projections.engineers import PRESENT, as_engineer
from escalation.projections.facts import load_facts
from escalation.projections.queue import FIRST, FORMER_LEVELS, IN_ORDER
from reglament import metrics
from reglament.clock import now
from reglament.command_handler import handle_batch
from reglament.errors import Conflict, NotYet, Refused, Unavailable
from reglament.eventstore.store import Appended, Context
from reglament.http.auth import AgentCaller, Caller, DeskCaller
from reglament.http.idempotency import RequestContext, replay, respond, settled_empty
from reglament.http.paging import Cursor, Page
from reglament.instants import rfc3339
from reglament.policy.model import Policy
from reglament.runtime import InProcess, Runtime

router = APIRouter(prefix="/v1", tags=["queue"])
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@router.get("/desks/{desk}/queue", response_model=QueueGiven)
async def read_queue(
    desk: DeskPath,
    caller: DeskCaller,
    runtime: InProcess,
    page: Page,
    level: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """The waiting tickets in the order in which they are handed out, level by level."""
    caller.check_desk(desk)
    names = [entry.name for entry in newest_policy(runtime, desk).levels]
    names += [row["level"] for row in await runtime.pool.fetch(FORMER_LEVELS, desk, names)]
    levels = names if level is None else [name for name in names if name == level]
    place, rank, since, key = _position(page.after)
    rows = await runtime.pool.fetch(IN_ORDER, desk, levels, place, rank, since, key, page.fetch)
    return page.answer(rows, _cursor, _shown)


def _position(cursor: Cursor | None) -> tuple[int, int, datetime, str]:
    if cursor is None:
        return 0, -1, BEGINNING, ""
    place, rank, key = cursor.id.split("/", 2)
    if not place.isdigit() or not rank.isdigit():
        raise HTTPException(400, "cursor: not one that this list gave")
    return int(place), int(rank), cursor.at, key


def _cursor(row: Any) -> Cursor:
    return Cursor(at=row["waiting_since"], id=f"{row['place']}/{row['rank']}/{row['key']}")


def _shown(row: Any) -> dict[str, Any]:
    shown = {name: value for name, value in row.items() if name not in ("key", "place")}
    shown["waiting_since"] = rfc3339(row["waiting_since"])
    return {"id": row["key"], "ticket": row["key"], **shown}


@router.post(
    "/desks/{desk}/queue/claims",
    response_model=AssignmentGiven,
    responses={204: {"description": "nothing waits that this engineer may take"}},
)
async def claim(
    desk: DeskPath,
    body: ClaimAsked,
    caller: AgentCaller,
    runtime: InProcess,
    context: RequestContext,
    request: Request,
) -> Response:
    """Assign the queue's first ticket to the engineer; any replica serves it."""
    caller.check_desk(desk)
    policy = newest_policy(runtime, desk)
    if first := await replay(runtime.store, context):
        return first
    async with runtime.pool.acquire() as connection:
        engineer = await known_engineer(connection, desk, body.engineer)
    level = body.level or engineer.level
    _refuse_unqualified(policy, engineer, level)
    claiming = Claiming(runtime, caller, desk, level, engineer)
    with metrics.CLAIM_DURATION.time():
        answer = await claiming.run(context)
    if answer is None:
        return await settled_empty(request)
    runtime.wake_relay()
    return answer


def _refuse_unqualified(policy: Policy, engineer: Engineer, level: str) -> None:
    """At once, before any ticket is looked at; a former level's tickets say it themselves."""
    if place(policy, level) < 0 or place(policy, engineer.level) < 0:
        return
    if found := obstacles(engineer, level, policy, now().date()):
        raise Refused(found, kind="not-qualified")


class Claiming:
    """One claim, which goes on to the next ticket where the first is in other hands, or where the
    rules that it stands under demand more of the engineer.
    """

    def __init__(
        self, runtime: Runtime, caller: Caller, desk: str, level: str, engineer: Engineer
    ) -> None:
        self._runtime, self._caller = runtime, caller
        self._desk, self._level, self._engineer = desk, level, engineer
        self._passed: list[str] = []

    async def run(self, context: Context) -> Response | None:
        """The answer; None: nothing waits that the engineer may take."""
        attempts = 0
        while attempts < ATTEMPTS:
            passed = len(self._passed)
            tried = await self._try_first(context)
            if tried is not None:
                return tried or None
            attempts += len(self._passed) == passed
        raise Unavailable("the queue's tickets are in other hands")

    async def _try_first(self, context: Context) -> Response | Literal[False] | None:
        """Lock the first row, append Assigned in the same transaction.

        False: nothing waits; None: it was in other hands, try the next.
        """
        try:
            async with self._runtime.pool.acquire() as connection, connection.transaction():
                await connection.execute(PATIENCE)
                ticket = await connection.fetchval(
                    FIRST, self._desk, self._level, list(self._engineer.departments), self._passed
                )
                if ticket is None or not await self._is_present(connection):
                    return False
                return await self._assign(connection, ticket, context)
        except (asyncpg.LockNotAvailableError, Conflict):
            return None

    async def _is_present(self, connection: Any) -> bool:
        """Whether he is there; from here on he is who he is now, whatever is said of him next."""
        row = await connection.fetchrow(PRESENT, self._desk, self._engineer.id)
        if row is None or not row["active"]:
            return False
        self._engineer = as_engineer(row)
        return True

    async def _assign(self, connection: Any, ticket: str, context: Context) -> Response | None:
        known = (await load_facts(connection, [ticket])).get(ticket)
        if known is None:
            raise NotYet(f"ticket {ticket}")
        asking = Asking(runtime=self._runtime, ticket=ticket, known=known, context=context)
        before = {"level": self._level, "engineer": None, "version": 0}
        command = Claim(
            at=now(), actor=self._caller.actor, facts=known.facts, engineer=self._engineer
        )
        submission = asking.submission(command, asking.answer(before))
        (outcome,) = await handle_batch(self._runtime.store, connection, [submission])
        if not isinstance(outcome, Appended) or outcome.answer is None:
            self._passed.append(ticket)
            return None
        return respond(outcome.answer, replayed=outcome.replayed)
