"""Webhooks in use: tried out, sent again, their secret changed, switched off after failures."""

from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from notifier.domain.delivery import WEBHOOK_WAITS
from reglament.ids import new_id
from tests.integration.notifier.conftest import Process, Receiver, opened
from tests.integration.notifier.test_webhooks import sender_of, subscribed, turn

pytestmark = pytest.mark.integration


async def deliveries(process: Process, path: str) -> list[dict[str, Any]]:
    """Newest first."""
    items: list[dict[str, Any]] = (await process.client.get(f"{path}/deliveries")).json()["items"]
    return items


async def test_a_subscription_is_tried_out_and_no_replay_sends_the_test_again(
    process: Process, receiver: tuple[Receiver, str]
) -> None:
    got, url = receiver
    subscription = await subscribed(process, url, types=["TicketClosed"])
    other = await subscribed(process, url)
    path = f"/v1/subscriptions/{subscription['id']}"
    answer = await process.client.post(f"{path}/test")
    assert answer.status_code == 202, answer.text
    assert await turn(sender_of(process)) == 1
    ((headers, body),) = got.got
    event = Webhook(subscription["secret"]).verify(body, headers)
    assert (event["type"], event["desk"]) == ("SubscriptionTest", "north")
    (row,) = await deliveries(process, path)
    assert (row["id"], row["state"]) == (answer.json()["id"], "sent")
    for each in (subscription, other):
        replays = f"/v1/subscriptions/{each['id']}/replays"
        again = await process.client.post(replays, json={"from": "2026-01-01T00:00:00Z"})
        assert again.json() == {"events": 0}


async def test_one_delivery_is_sent_again_under_its_own_id(
    process: Process, receiver: tuple[Receiver, str]
) -> None:
    got, url = receiver
    path = f"/v1/subscriptions/{(await subscribed(process, url))['id']}"
    for _ in range(2):
        await process.feed(opened(new_id()))
    sender = sender_of(process)
    assert await turn(sender) == 2
    first = (await deliveries(process, path))[-1]
    answer = await process.client.post(f"{path}/deliveries/{first['id']}/redelivery")
    assert (answer.status_code, answer.json()) == (202, {"id": first["id"]})
    process.now.by += timedelta(minutes=1)
    assert await turn(sender) == 1
    assert got.got[-1][0]["webhook-id"] == f"msg_{first['event']}"
    unknown = await process.client.post(f"{path}/deliveries/{first['id'] + 1000}/redelivery")
    assert unknown.status_code == 404


async def test_while_a_secret_is_changed_both_sign(
    process: Process, receiver: tuple[Receiver, str]
) -> None:
    got, url = receiver
    subscription = await subscribed(process, url)
    path = f"/v1/subscriptions/{subscription['id']}"
    answer = await process.client.post(f"{path}/secret", json={"overlap_hours": 0})
    assert answer.status_code == 200, answer.text
    old = answer.json()["secret"]
    answer = await process.client.post(f"{path}/secret", json={})
    new = answer.json()["secret"]
    assert len({subscription["secret"], old, new}) == 3
    await process.feed(opened(new_id()))
    sender = sender_of(process)
    assert await turn(sender) == 1
    ((headers, body),) = got.got
    for secret in (old, new):
        assert Webhook(secret).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(subscription["secret"]).verify(body, headers)
    process.now.by += timedelta(hours=25)
    await process.feed(opened(new_id()))
    assert await turn(sender) == 1
    assert len(got.got[-1][0]["webhook-signature"].split()) == 1


async def fail_to_the_end(process: Process, sender: Any) -> None:
    """Every try, up to the last."""
    for seconds in (*WEBHOOK_WAITS, 0):
        assert await turn(sender) == 1
        process.now.by += timedelta(seconds=seconds * 1.2)


async def test_a_receiver_that_takes_nothing_in_all_tries_is_sent_no_more(
    process: Process, receiver: tuple[Receiver, str]
) -> None:
    got, url = receiver
    subscription = await subscribed(process, url)
    got.status = 500
    await process.feed(opened(new_id()))
    await fail_to_the_end(process, sender_of(process))
    path = f"/v1/subscriptions/{subscription['id']}"
    assert (await process.client.get(path)).json()["active"] is False
    told = (await process.runtime.store.load(f"subscription/{subscription['id']}"))[-1]
    assert told.event.actor.rule == "receiver-failing"
    again = await process.client.patch(path, json={"active": True})
    assert again.json()["active"] is True


async def test_one_that_took_another_event_meanwhile_stays_on(
    process: Process, receiver: tuple[Receiver, str]
) -> None:
    got, url = receiver
    subscription = await subscribed(process, url)
    sender = sender_of(process)
    got.status = 500
    await process.feed(opened(new_id()))
    assert await turn(sender) == 1
    got.status = 204
    await process.feed(opened(new_id()))
    process.now.by += timedelta(seconds=1)
    assert await turn(sender) == 1
    got.status = 500
    for seconds in WEBHOOK_WAITS:
        process.now.by += timedelta(seconds=seconds * 1.2)
        assert await turn(sender) == 1
    shown = await process.client.get(f"/v1/subscriptions/{subscription['id']}")
    assert shown.json()["active"] is True
