"""What is sent to a subscription: tried out, sent again, signed anew; what became of each event."""

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Response

from notifier.api.schemas import (
    DeliveriesGiven,
    DeliveryStarted,
    ReplayAsked,
    ReplayGiven,
    RotationAsked,
    RotationGiven,
)
from notifier.api.subscribing import checked_secret
from notifier.api.subscriptions import AskingKnown, KnownRow
from notifier.projections import webhooks as rows
from notifier.transports.webhook import new_secret
from reglament.clock import now
from reglament.errors import NotFound, Refused, Violation
from reglament.http.idempotency import answer_json, respond
from reglament.http.paging import Cursor, Page
from reglament.ids import new_id
from reglament.instants import rfc3339
from reglament.runtime import InProcess

router = APIRouter(prefix="/v1/subscriptions", tags=["subscriptions"])
NEWEST = 2**62


@router.post("/{subscription}/test", response_model=DeliveryStarted, status_code=202)
async def try_subscription(row: KnownRow, runtime: InProcess) -> Response:
    """A `SubscriptionTest` is sent, signed and tried again like any event, but never replayed."""
    event, at = new_id(), now()
    body = {
        "specversion": "1.0",
        "id": event,
        "source": "/reglament/notifier",
        "type": "SubscriptionTest",
        "subject": row["key"],
        "time": rfc3339(at),
        "desk": row["desk"],
        "datacontenttype": "application/json",
        "data": {"subscription": row["key"]},
    }
    told = msgspec.json.encode(body).decode()
    delivery = await runtime.pool.fetchval(rows.TRY_OUT, event, row["key"], at, told)
    return respond(answer_json({"id": delivery}, 202))


@router.post("/{subscription}/secret", response_model=RotationGiven)
async def rotate_secret(body: RotationAsked, row: KnownRow, asking: AskingKnown) -> Response:
    """A new secret. While both sign, a receiver may take over the new one at any moment."""
    secret = checked_secret(body.secret) if body.secret else new_secret()
    until = asking.context.recorded_at + timedelta(hours=body.overlap_hours)
    sealed = asking.sealed(secret)
    await asking.runtime.pool.execute(rows.ROTATE, row["key"], sealed, until)
    return respond(answer_json({"secret": secret, "previous_until": rfc3339(until)}))


@router.post(
    "/{subscription}/deliveries/{delivery}/redelivery",
    response_model=DeliveryStarted,
    status_code=202,
)
async def redeliver(
    row: KnownRow, delivery: Annotated[int, Path(ge=1, lt=NEWEST)], runtime: InProcess
) -> Response:
    """That event once more, under its own webhook-id; one that is on its way goes on."""
    if await runtime.pool.fetchval(rows.DELIVERY, row["key"], delivery) is None:
        raise NotFound("delivery", str(delivery))
    await runtime.pool.execute(rows.SEND_ONE_AGAIN, row["key"], delivery, now())
    return respond(answer_json({"id": delivery}, 202))


@router.post("/{subscription}/replays", response_model=ReplayGiven, status_code=202)
async def send_again(body: ReplayAsked, row: KnownRow, runtime: InProcess) -> Response:
    """Every event of the desk recorded since `from`, once more, under its own webhook-id."""
    if body.since.tzinfo is None:
        raise Refused([Violation(rule="time-without-zone", field="from")])
    status = await runtime.pool.execute(rows.REPLAY, row["key"], body.since, now())
    return respond(answer_json({"events": int(status.rpartition(" ")[2])}, 202))


@router.get("/{subscription}/deliveries", response_model=DeliveriesGiven)
async def read_deliveries(row: KnownRow, runtime: InProcess, page: Page) -> Response:
    """What became of each event, newest first."""
    before = int(page.after.id) if page.after else NEWEST
    found = await runtime.pool.fetch(rows.DELIVERIES, row["key"], before, page.fetch)
    return page.answer(found, lambda each: Cursor(at=each["created_at"], id=str(each["id"])), _sent)


def _sent(row: Any) -> dict[str, Any]:
    names = ("id", "event", "type", "state", "attempt", "status", "because")
    shown: dict[str, Any] = {name: row[name] for name in names}
    times = ("created_at", "next_at", "settled_at")
    shown |= {name: rfc3339(row[name]) if row[name] else None for name in times}
    return {**shown, "ticket": row["subject"]}
