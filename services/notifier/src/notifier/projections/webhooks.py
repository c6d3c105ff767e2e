"""Subscriptions, the feed of events, and a row for each delivery of one to the other."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from reglament.events.envelope import Envelope, attributes
from reglament.events.notifications import SubscriptionSet
from reglament.events.registry import Event
from reglament.instants import rfc3339
from reglament.projections import Row

# Longer than a try may take: whoever died with it delays it by no more than that.
LEASE = timedelta(seconds=30)
FEED = """
INSERT INTO feed (event, desk, subject, type, recorded_at, body)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[])
ON CONFLICT DO NOTHING"""
FAN_OUT = """
INSERT INTO webhooks (effect, subscription, event, created_at, next_at)
SELECT s.key || ':' || f.event, s.key, f.event, $2, $2
FROM feed f JOIN subscriptions_v1 s ON s.desk = f.desk AND s.active
  AND (s.types = '[]'::jsonb OR s.types ? f.type)
WHERE f.event = ANY($1) ORDER BY f.recorded_at, f.event
ON CONFLICT (effect) DO NOTHING"""
REPLAY = """
INSERT INTO webhooks (effect, subscription, event, created_at, next_at)
SELECT s.key || ':' || f.event, s.key, f.event, $3, $3
FROM feed f JOIN subscriptions_v1 s ON s.desk = f.desk
  AND (s.types = '[]'::jsonb OR s.types ? f.type)
WHERE s.key = $1 AND f.recorded_at >= $2 ORDER BY f.recorded_at, f.event
ON CONFLICT (effect) DO UPDATE
SET state = 'ready', attempt = 0, next_at = $3, because = NULL, settled_at = NULL"""
CLAIM = """
UPDATE webhooks w SET lease_until = $1::timestamptz + $2::interval,
  lease_epoch = w.lease_epoch + 1, attempt = w.attempt + 1
FROM (
  SELECT d.id FROM webhooks d WHERE d.id IN (
    SELECT oldest.id FROM subscriptions_v1 s
    LEFT JOIN unnest($4::text[], $5::int[]) AS busy(key, running) ON busy.key = s.key
    CROSS JOIN LATERAL (
      SELECT id FROM webhooks w WHERE w.subscription = s.key AND w.state = 'ready'
        AND w.next_at <= $1 AND (w.lease_until IS NULL OR w.lease_until < $1)
      ORDER BY w.next_at, w.id LIMIT greatest(0, $6::int - coalesce(busy.running, 0))
    ) oldest)
    AND d.state = 'ready' AND d.next_at <= $1 AND (d.lease_until IS NULL OR d.lease_until < $1)
  ORDER BY d.next_at, d.id LIMIT $3 FOR UPDATE SKIP LOCKED
) due, feed f, subscriptions_v1 s, subscription_secrets k
WHERE w.id = due.id AND f.event = w.event AND s.key = w.subscription
  AND k.subscription = w.subscription
RETURNING w.id, w.subscription, w.event, w.attempt, w.lease_epoch, f.body, s.url, s.active,
  k.secret, CASE WHEN k.previous_until > $1 THEN k.previous END AS previous"""
SETTLE = """
UPDATE webhooks SET state = $3, status = $4, because = $5, settled_at = $6, lease_until = NULL
WHERE id = $1 AND lease_epoch = $2"""
AGAIN = """
UPDATE webhooks SET status = $3, because = $4, next_at = $5, lease_until = NULL
WHERE id = $1 AND lease_epoch = $2"""
DROP = """
UPDATE webhooks w SET state = 'suppressed', because = 'subscription-off', settled_at = d.at,
  lease_until = NULL
FROM unnest($1::text[], $2::timestamptz[]) AS d(subscription, at)
WHERE w.subscription = d.subscription AND w.state = 'ready'"""
KEEP_KEY = """
INSERT INTO subscription_secrets (subscription, secret)
SELECT * FROM unnest($1::text[], $2::text[])
ON CONFLICT (subscription) DO UPDATE
SET secret = excluded.secret, previous = NULL, previous_until = NULL"""
ROTATE = """
UPDATE subscription_secrets SET previous = secret, previous_until = $3, secret = $2
WHERE subscription = $1"""
# Of no desk, whose names begin with a letter: a replay does not find it.
TRY_OUT = """
WITH told AS (
  INSERT INTO feed (event, desk, subject, type, recorded_at, body)
  VALUES ($1, '-', $2, 'SubscriptionTest', $3, $4))
INSERT INTO webhooks (effect, subscription, event, created_at, next_at)
VALUES ($2 || ':' || $1, $2, $1, $3, $3) RETURNING id"""
SEND_ONE_AGAIN = """
UPDATE webhooks SET state = 'ready', attempt = 0, next_at = $3, because = NULL, settled_at = NULL
WHERE subscription = $1 AND id = $2 AND lease_until IS NULL RETURNING id"""
DELIVERY = "SELECT id FROM webhooks WHERE subscription = $1 AND id = $2"
# All tries of one take more than a day: nothing else has arrived since it was made either.
NOTHING_ARRIVES = """
SELECT NOT EXISTS (SELECT FROM webhooks later WHERE later.subscription = w.subscription
  AND later.state = 'sent' AND later.settled_at >= w.created_at)
FROM webhooks w WHERE w.id = $1"""
ONE = """
SELECT key, desk, url, types::text AS types, active, version FROM subscriptions_v1
WHERE key = $1"""
OF_DESK = """
SELECT key, desk, url, types::text AS types, active, version FROM subscriptions_v1
WHERE ($1::text IS NULL OR desk = $1) AND active AND key > $2 ORDER BY key LIMIT $3"""
DELIVERIES = """
SELECT w.id, w.event, f.type, f.subject, w.state, w.attempt, w.status, w.because, w.created_at,
  w.next_at, w.settled_at
FROM webhooks w JOIN feed f USING (event)
WHERE w.subscription = $1 AND w.id < $2 ORDER BY w.id DESC LIMIT $3"""


class Subscriptions:
    """One row a subscription, a deleted one inactive; version is its stream's."""

    name = "subscriptions"
    version = 1
    handles: Collection[type[Event]] = (SubscriptionSet,)

    def keys(self, envelope: Envelope) -> Collection[str]:
        """The subscription."""
        return (envelope.subject,)

    def project(self, key: str, row: Row | None, envelope: Envelope) -> Row | None:
        """The newest state, which the event is."""
        event = envelope.event
        if not isinstance(event, SubscriptionSet):
            return row
        return {
            "key": key,
            "desk": event.desk,
            "url": event.url,
            "types": list(event.types),
            "active": event.active,
            "version": envelope.sequence,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A claimed webhook: one try of it, under the lease's epoch."""

    id: int
    subscription: str
    event: str
    attempt: int
    lease_epoch: int
    body: str
    url: str
    active: bool
    secret: str
    previous: str | None


def structured(envelope: Envelope) -> str:
    """The same CloudEvent in structured JSON mode, so that one parser serves Kafka and HTTP."""
    head: dict[str, Any] = dict(attributes(envelope))
    head["sequence"] = str(envelope.sequence)
    head["recordedat"] = rfc3339(envelope.recorded_at)
    head |= {"datacontenttype": "application/json", "hash": envelope.hash}
    head["prevhash"] = envelope.prev_hash
    if envelope.traceparent is not None:
        head["traceparent"] = envelope.traceparent
    head["data"] = msgspec.Raw(envelope.data)
    return msgspec.json.encode(head).decode()


async def publish(connection: Any, envelopes: Sequence[Envelope], now: datetime) -> None:
    """The events into the feed, and a delivery for every subscription that wants one."""
    if not envelopes:
        return
    events = [envelope.id for envelope in envelopes]
    await connection.execute(
        FEED,
        events,
        [envelope.desk for envelope in envelopes],
        [envelope.subject for envelope in envelopes],
        [envelope.type for envelope in envelopes],
        [envelope.recorded_at for envelope in envelopes],
        [structured(envelope) for envelope in envelopes],
    )
    await connection.execute(FAN_OUT, events, now)


async def claim(
    connection: Any, now: datetime, count: int, running: Mapping[str, int], most: int
) -> list[Due]:
    """Webhooks that are due and nobody's, leased.

    count: at most; running: how many of a subscription are on their way already, of which there
    may be `most` at once, so that a slow receiver takes no more than its own share.
    """
    busy, numbers = list(running), list(running.values())
    rows = await connection.fetch(CLAIM, now, LEASE, count, busy, numbers, most)
    return sorted((Due(**dict(row)) for row in rows), key=lambda due: due.id)
