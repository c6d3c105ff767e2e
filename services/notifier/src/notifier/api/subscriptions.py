"""Webhook subscriptions: made, read, changed, switched off."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Response

from notifier.api.schemas import (
    IdPath,
    SubscriptionAsked,
    SubscriptionChange,
    SubscriptionGiven,
    SubscriptionsGiven,
)
from notifier.api.subscribing import (
    Asking,
    Effects,
    changed,
    check_url,
    checked_secret,
    of_events,
    shown_row,
)
from notifier.domain.subscription import Change, Subscribe
from notifier.projections import webhooks as rows
from notifier.transports.webhook import new_secret
from reglament.clock import now
from reglament.errors import NotFound
from reglament.events.envelope import Envelope
from reglament.eventstore.store import Answer
from reglament.http.auth import DeskCaller
from reglament.http.etags import Expected, etag
from reglament.http.idempotency import RequestContext, answer_json, replay, respond
from reglament.http.paging import Cursor, Page
from reglament.ids import new_id
from reglament.runtime import InProcess

router = APIRouter(prefix="/v1/subscriptions", tags=["subscriptions"])


@router.post("", response_model=SubscriptionGiven, status_code=201)
async def subscribe(
    body: SubscriptionAsked, caller: DeskCaller, runtime: InProcess, context: RequestContext
) -> Response:
    """A new subscription; its secret is in this answer and in none after it."""
    caller.check_desk(body.desk)
    if first := await replay(runtime.store, context):
        return first
    if body.desk not in runtime.policies.desks():
        raise NotFound("desk", body.desk)
    await check_url(runtime, body.url)
    secret = checked_secret(body.secret) if body.secret else new_secret()
    command = Subscribe(
        at=context.recorded_at,
        actor=caller.actor,
        subscription=new_id(),
        desk=body.desk,
        url=body.url,
        types=body.types,
    )
    asking = Asking(
        runtime=runtime, subscription=command.subscription, desk=body.desk, context=context
    )
    headers = (("Location", f"/v1/subscriptions/{command.subscription}"), ("ETag", etag(1)))

    def answer(envelopes: Sequence[Envelope]) -> Answer:
        shown = of_events(envelopes)
        # The stored answer must not hold the secret for ever; a replay shows all but that.
        return answer_json(shown, 201, headers)

    given = await asking.carry_out(command, answer, asking.keeping(secret))
    return _with_secret(given, secret)


def _with_secret(given: Response, secret: str) -> Response:
    if "Idempotency-Replayed" in given.headers:
        return given
    document = msgspec.json.decode(bytes(given.body)) | {"secret": secret}
    headers = {name: given.headers[name] for name in ("Location", "ETag")}
    return Response(msgspec.json.encode(document), 201, headers, "application/json")


@router.get("", response_model=SubscriptionsGiven)
async def read_subscriptions(
    caller: DeskCaller,
    runtime: InProcess,
    page: Page,
    desk: Annotated[str | None, Query(max_length=63)] = None,
) -> Response:
    """The desk's live subscriptions, oldest first."""
    if caller.role != "admin":
        desk = desk or caller.desk
        caller.check_desk(desk or "")
    after = page.after.id if page.after else ""
    found = await runtime.pool.fetch(rows.OF_DESK, desk, after, page.fetch)
    return page.answer(found, lambda row: Cursor(at=now(), id=row["key"]), shown_row)


async def _known(subscription: IdPath, caller: DeskCaller, runtime: InProcess) -> Any:
    """The subscription's row. Raises NotFound for one that the caller may not see."""
    row = await runtime.pool.fetchrow(rows.ONE, subscription)
    if row is None or (caller.role != "admin" and caller.desk != row["desk"]):
        raise NotFound("subscription", subscription)
    return row


KnownRow = Annotated[Any, Depends(_known)]


@router.get("/{subscription}", response_model=SubscriptionGiven)
async def read_subscription(row: KnownRow) -> Response:
    """One subscription, without its secret."""
    return respond(answer_json(shown_row(row), headers=(("ETag", etag(row["version"])),)))


async def _asking(
    row: KnownRow, runtime: InProcess, context: RequestContext, expected: Expected
) -> Asking:
    return Asking(
        runtime=runtime,
        subscription=row["key"],
        desk=row["desk"],
        context=context,
        expected=expected,
    )


AskingKnown = Annotated[Asking, Depends(_asking)]


@router.patch("/{subscription}", response_model=SubscriptionGiven)
async def change(
    body: SubscriptionChange, row: KnownRow, caller: DeskCaller, asking: AskingKnown
) -> Response:
    """Another URL, other types, another secret, on or off; what is not said stays."""
    if first := await replay(asking.runtime.store, asking.context):
        return first
    if body.url is not None:
        await check_url(asking.runtime, body.url)
    effects: Effects = ()
    if body.secret is not None:
        effects = asking.keeping(checked_secret(body.secret))
    command = Change(
        at=asking.context.recorded_at,
        actor=caller.actor,
        url=body.url,
        types=body.types,
        active=body.active,
    )
    return await asking.carry_out(command, changed(row), effects)


@router.delete("/{subscription}", status_code=204)
async def unsubscribe(row: KnownRow, caller: DeskCaller, asking: AskingKnown) -> Response:
    """Off for good: nothing more is sent, and what still waited is dropped."""
    at = asking.context.recorded_at
    command = Change(at=at, actor=caller.actor, active=False)
    await asking.carry_out(command, changed(row), ((rows.DROP, (asking.subscription, at)),))
    return Response(status_code=204)
