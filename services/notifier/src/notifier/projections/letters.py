"""Letters as rows: made, claimed with a lease, settled under its epoch (architecture 4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from notifier.domain.letter import Letter
from reglament.events.envelope import Envelope

LEASE = timedelta(seconds=120)
MAKE = """
INSERT INTO letters (effect, subject, is_ticket, desk, policy_version, template, recipient_kind,
  recipient, automatic, answers_update, answers, content, content_version, subject_content,
  values, message_id, causation_id, correlation_id, traceparent, created_at, next_at)
SELECT m.*, m.created_at FROM jsonb_to_recordset($1::text::jsonb) AS m (effect text, subject text,
  is_ticket boolean, desk text, policy_version int, template text, recipient_kind text,
  recipient text, automatic text, answers_update boolean, answers text, content text,
  content_version int, subject_content text, values jsonb, message_id text, causation_id text,
  correlation_id text, traceparent text, created_at timestamptz)
ON CONFLICT (effect) DO NOTHING"""
CLAIM = """
UPDATE letters l SET lease_until = $1::timestamptz + $2::interval, lease_epoch = lease_epoch + 1,
  lease_holder = $4
FROM (
  SELECT d.id FROM letters d WHERE state IN ('ready', 'waiting') AND next_at <= $1
    AND (lease_until IS NULL OR lease_until < $1)
    AND NOT EXISTS (  -- an earlier letter to the same person is on its way
      SELECT FROM letters e WHERE e.recipient = d.recipient AND e.lease_until >= $1)
  ORDER BY next_at, id LIMIT $3 FOR UPDATE SKIP LOCKED
) due WHERE l.id = due.id
RETURNING l.id, l.effect, l.subject, l.is_ticket, l.desk, l.policy_version, l.template,
  l.recipient_kind, l.recipient, l.automatic, l.answers_update, l.answers, l.content,
  l.content_version, l.subject_content, l.values::text AS values, l.message_id, l.causation_id,
  l.correlation_id, l.traceparent, l.created_at, l.attempt, l.lease_epoch"""
# What a process held that died, when it starts again under its name: nobody else is sending it.
TAKE_BACK = """
UPDATE letters SET lease_until = NULL
WHERE lease_holder = $1 AND lease_until IS NOT NULL AND state IN ('ready', 'waiting')"""
GIVE_BACK = """
UPDATE letters l SET lease_until = NULL FROM unnest($1::bigint[], $2::int[]) AS held(id, epoch)
WHERE l.id = held.id AND l.lease_epoch = held.epoch"""
SETTLE = """
UPDATE letters l SET state = s.state, because = s.because, settled_at = s.at,
  address_hash = s.address_hash, lease_until = NULL, attempt = l.attempt + 1
FROM unnest($1::bigint[], $2::int[], $3::text[], $4::text[], $5::timestamptz[], $6::text[])
  AS s(id, epoch, state, because, at, address_hash)
WHERE l.id = s.id AND l.lease_epoch = s.epoch AND l.state IN ('ready', 'waiting')"""
AGAIN = """
UPDATE letters SET state = $3, because = $4, next_at = $5, attempt = attempt + $6,
  lease_until = NULL
WHERE id = $1 AND lease_epoch = $2 AND state IN ('ready', 'waiting')"""
BOUNCED = """
UPDATE letters SET state = 'bounced', because = $2 WHERE message_id = $1 AND state <> 'bounced'"""
BY_MESSAGE_ID = """
SELECT template, recipient_kind, message_id FROM letters WHERE message_id = $1 AND subject = $2"""
OF_TICKET = """
SELECT 'letter' AS kind, template, recipient_kind AS "to", recipient, state, because, attempt,
  message_id, created_at, settled_at, desk, null::text AS subscription, null::text AS event,
  null::int AS status
FROM letters WHERE subject = $1
UNION ALL
SELECT 'webhook', f.type, 'subscription', w.subscription, w.state, w.because, w.attempt,
  null, w.created_at, w.settled_at, f.desk, w.subscription, w.event, w.status
FROM webhooks w JOIN feed f USING (event) WHERE f.subject = $1
ORDER BY created_at"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A letter to make: what the domain decided, and what the shell adds.

    subject_content: holds the request's subject.
    """

    letter: Letter
    envelope: Envelope
    policy_version: int
    message_id: str
    subject_content: str | None
    is_ticket: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A claimed letter: one try of it, under the lease's epoch."""

    id: int
    effect: str
    subject: str
    is_ticket: bool
    desk: str
    policy_version: int
    template: str
    recipient_kind: str
    recipient: str
    automatic: str | None
    answers_update: bool
    answers: str | None
    content: str | None
    content_version: int | None
    subject_content: str | None
    values: Mapping[str, Any]
    message_id: str
    causation_id: str | None
    correlation_id: str | None
    traceparent: str | None
    created_at: datetime
    attempt: int
    lease_epoch: int


async def make(connection: Any, drafts: Sequence[Draft]) -> None:
    """A row each, in their order, unless the effect has one already."""
    rows = [_row(draft) for draft in drafts]
    await connection.execute(MAKE, msgspec.json.encode(rows).decode())


def _row(draft: Draft) -> dict[str, object]:
    letter, envelope = draft.letter, draft.envelope
    is_engineers = letter.to == "engineer"
    return {
        "effect": letter.effect,
        "subject": envelope.subject,
        "is_ticket": draft.is_ticket,
        "desk": envelope.desk,
        "policy_version": draft.policy_version,
        "template": letter.template,
        "recipient_kind": letter.to,
        "recipient": f"{envelope.desk}/{letter.recipient}" if is_engineers else letter.recipient,
        "automatic": letter.automatic,
        "answers_update": letter.answers_update,
        "answers": letter.answers,
        "content": letter.content.id if letter.content else None,
        "content_version": letter.content.version if letter.content else None,
        "subject_content": draft.subject_content,
        "values": letter.values,
        "message_id": draft.message_id,
        "causation_id": envelope.id,
        "correlation_id": envelope.correlation_id or envelope.id,
        "traceparent": envelope.traceparent,
        "created_at": envelope.recorded_at,
    }


async def claim(connection: Any, now: datetime, count: int, holder: str) -> list[Due]:
    """The oldest letters that are due and nobody's, leased to `holder`."""
    rows = await connection.fetch(CLAIM, now, LEASE, count, holder)
    found = [Due(**{**dict(row), "values": msgspec.json.decode(row["values"])}) for row in rows]
    return sorted(found, key=lambda due: due.id)
