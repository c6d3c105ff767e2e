"""Every letter and webhook about a ticket, and what became of it."""

from typing import Any

from fastapi import APIRouter, Response

from notifier.api.schemas import IdPath, NotificationsGiven
from notifier.projections.letters import OF_TICKET
from notifier.projections.tickets import load_tickets
from reglament.errors import NotFound
from reglament.http.auth import AnyCaller, Caller
from reglament.http.idempotency import answer_json, respond
from reglament.instants import rfc3339
from reglament.runtime import InProcess

router = APIRouter(prefix="/v1/tickets/{ticket}", tags=["notifications"])
TIMES = ("created_at", "settled_at")
SHOWN = (
    "kind",
    "template",
    "to",
    "recipient",
    "state",
    "because",
    "attempt",
    "message_id",
    "status",
)


@router.get("/notifications", response_model=NotificationsGiven)
async def read_notifications(ticket: IdPath, caller: AnyCaller, runtime: InProcess) -> Response:
    """Letters and webhooks, oldest first; a requester sees the letters that went to him."""
    row = (await load_tickets(runtime.pool, [ticket])).get(ticket)
    if row is None:
        raise NotFound("ticket", ticket)
    caller.check_ticket(ticket, row.desk, row.ticket.requester)
    rows = await runtime.pool.fetch(OF_TICKET, ticket)
    items = [_shown(each) for each in rows if _may_see(caller, each)]
    return respond(answer_json({"ticket": ticket, "items": items}))


def _may_see(caller: Caller, row: Any) -> bool:
    return caller.role != "requester" or row["to"] == "requester"


def _shown(row: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {name: row[name] for name in SHOWN}
    return shown | {name: rfc3339(row[name]) if row[name] else None for name in TIMES}
