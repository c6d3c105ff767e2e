"""Webhooks: subscribed over HTTP, signed, tried again, switched off."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from standardwebhooks import Webhook

from notifier.api.subscribing import switch_off
from notifier.timers.webhooks import WebhookSender
from notifier.transports.kept_secrets import KeptSecrets
from notifier.transports.webhook import Webhooks
from reglament.ids import new_id
from reglament.telemetry import start_tracing
from tests.integration.notifier.conftest import Process, Receiver, opened

pytestmark = pytest.mark.integration
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def sender_of(process: Process) -> WebhookSender:
    async def disable(subscription: str, rule: str) -> None:
        await switch_off(process.runtime, subscription, rule)

    guard = process.runtime.extras["guard"]
    return WebhookSender(
        pool=process.runtime.pool,
        webhooks=Webhooks(guard),
        secrets=KeptSecrets(process.runtime.settings.secret.get_secret_value()),
        disable=disable,
        now=process.now,
    )


async def turn(sender: WebhookSender) -> int:
    count = await sender.turn()
    await sender.settle()
    return count


async def subscribed(process: Process, url: str, **more: Any) -> dict[str, Any]:
    body = {"url": url, "desk": "north", **more}
    answer = await process.client.post("/v1/subscriptions", json=body)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def test_an_event_arrives_signed_as_a_structured_cloudevent(
    process: Process, receiver: tuple[Receiver, str]
) -> None:
    got, url = receiver
    subscription = await subscribed(process, url)
    envelope = opened(new_id())
    await process.feed(envelope)
    assert await turn(sender_of(process)) == 1
    ((headers, body),) = got.got
    event = Webhook(subscription["secret"]).verify(body, headers)
    assert (event["specversion"], event["type"], event["id"]) == (
        "1.0",
        "TicketOpened",
        envelope.id,
    )
    assert event["data"]["number"] == "N-000001"
    assert headers["webhook-id"] == f"msg_{envelope.id}"
    deliveries = await process.client.get(f"/v1/subscriptions/{subscription['id']}/deliveries")
    assert [each["state"] for each in deliveries.json()["items"]] == ["sent"]
    kinds = [each["kind"] for each in await process.notifications(envelope.subject)]
    assert sorted(kinds) == ["letter", "webhook"]


async def test_an_attempt_is_a_trace_of_its_own_that_the_receiver_may_go_on_with(
    process: Process, receiver: tuple[Receiver, str]
) -> None:
    got, url = receiver
    await subscribed(process, f"{url}?key=hunter2")
    event = msgspec.structs.replace(opened(new_id()), traceparent=PARENT)
    await process.feed(event)
    exporter = InMemorySpanExporter()
    sender, tracing = sender_of(process), start_tracing("notifier", "0", None, exporter)
    sender.tracing = tracing
    assert await turn(sender) == 1
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert (span.name, span.kind, span.parent) == ("POST", SpanKind.CLIENT, None)
    assert [f"{link.context.span_id:016x}" for link in span.links] == [PARENT.split("-")[2]]
    assert (span.attributes or {})["http.response.status_code"] == 204
    ((headers, _),) = got.got
    assert f"{span.context.trace_id:032x}-{span.context.span_id:016x}" in headers["traceparent"]
    assert "hunter2" not in span.to_json()


async def test_only_the_types_asked_for_arrive(
    process: Process, receiver: tuple[Receiver, str]
) -> None:
    got, url = receiver
    await subscribed(process, url, types=["TicketClosed"])
    await process.feed(opened(new_id()))
    assert await turn(sender_of(process)) == 0
    assert got.got == []


@pytest.mark.parametrize("status", [500, 301, 404])
async def test_what_is_not_taken_comes_again_with_the_same_id(
    process: Process, receiver: tuple[Receiver, str], status: int
) -> None:
    got, url = receiver
    await subscribed(process, url)
    await process.feed(opened(new_id()))
    sender = sender_of(process)
    got.status = status
    await turn(sender)
    assert await turn(sender) == 0
    process.now.by += timedelta(seconds=6)
    got.status = 204
    await turn(sender)
    ids = [headers["webhook-id"] for headers, _ in got.got]
    assert len(ids) == 2
    assert len(set(ids)) == 1


async def test_410_switches_the_subscription_off(
    process: Process, receiver: tuple[Receiver, str]
) -> None:
    got, url = receiver
    subscription = await subscribed(process, url)
    await process.feed(opened(new_id()))
    got.status = 410
    await turn(sender_of(process))
    shown = await process.client.get(f"/v1/subscriptions/{subscription['id']}")
    assert shown.json()["active"] is False
    await process.feed(opened(new_id()))
    assert await turn(sender_of(process)) == 0


async def test_a_replay_sends_the_past_again(
    process: Process, receiver: tuple[Receiver, str]
) -> None:
    got, url = receiver
    await process.feed(opened(new_id()))
    subscription = await subscribed(process, url)
    assert await turn(sender_of(process)) == 0
    path = f"/v1/subscriptions/{subscription['id']}/replays"
    answer = await process.client.post(path, json={"from": "2026-01-01T00:00:00Z"})
    assert (answer.status_code, answer.json()) == (202, {"events": 1})
    await turn(sender_of(process))
    assert got.types() == ["TicketOpened"]


async def test_a_secret_is_shown_once(process: Process, receiver: tuple[Receiver, str]) -> None:
    _, url = receiver
    headers = {"Idempotency-Key": "k"}
    body = {"url": url, "desk": "north"}
    first = await process.client.post("/v1/subscriptions", json=body, headers=headers)
    again = await process.client.post("/v1/subscriptions", json=body, headers=headers)
    assert first.json()["id"] == again.json()["id"]
    assert "secret" in first.json()
    assert again.json().get("secret") is None
    events = await process.runtime.store.load(f"subscription/{first.json()['id']}")
    assert first.json()["secret"].encode() not in b"".join(each.data for each in events)


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/", "https://169.254.169.254/latest", "http://[::1]/", "ftp://x/"]
)
async def test_an_inner_address_cannot_be_subscribed(process: Process, url: str) -> None:
    answer = await process.client.post("/v1/subscriptions", json={"url": url, "desk": "north"})
    assert answer.status_code == 422


async def test_a_subscription_is_changed_listed_and_deleted(
    process: Process, receiver: tuple[Receiver, str]
) -> None:
    _, url = receiver
    subscription = await subscribed(process, url)
    path = f"/v1/subscriptions/{subscription['id']}"
    changed = await process.client.patch(
        path, json={"types": ["TicketOpened"]}, headers={"If-Match": '"1"'}
    )
    assert changed.json()["types"] == ["TicketOpened"]
    assert changed.headers["ETag"] == '"2"'
    stale = await process.client.patch(path, json={"active": False}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    listed = await process.client.get("/v1/subscriptions", params={"desk": "north"})
    assert [each["id"] for each in listed.json()["items"]] == [subscription["id"]]
    assert (await process.client.delete(path)).status_code == 204
    listed = await process.client.get("/v1/subscriptions", params={"desk": "north"})
    assert listed.json()["items"] == []


async def test_the_database_holds_no_secret_that_signs(
    process: Process, receiver: tuple[Receiver, str]
) -> None:
    got, url = receiver
    subscription = await subscribed(process, url)
    kept = "SELECT secret FROM subscription_secrets WHERE subscription = $1"
    stored = await process.runtime.pool.fetchval(kept, subscription["id"])
    assert subscription["secret"] not in stored
    earlier = "UPDATE subscription_secrets SET secret = $2 WHERE subscription = $1"
    await process.runtime.pool.execute(earlier, subscription["id"], subscription["secret"])
    await process.feed(opened(new_id()))
    assert await turn(sender_of(process)) == 1
    ((headers, body),) = got.got
    assert Webhook(subscription["secret"]).verify(body, headers)
