"""The whole history of a ticket: one row an event, out of all four ticket topics."""

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from reglament.events import codec
from reglament.events.envelope import Envelope
from reglament.events.registry import Event, all_types
from reglament.events.topics import TICKET_TOPICS
from reglament.instants import rfc3339
from reglament.projections import Row
from reglament.telemetry import trace_of

HANDLES: tuple[type[Event], ...] = tuple(
    entry.cls for entry in all_types() if entry.topic in TICKET_TOPICS
)


class History:
    """The projection. An event's row never changes: a second sight of it is the same row."""

    name = "history"
    version = 1
    handles: Collection[type[Event]] = HANDLES

    def keys(self, envelope: Envelope) -> Collection[str]:
        """The event's id."""
        return (envelope.id,)

    def project(self, key: str, row: Row | None, envelope: Envelope) -> Row | None:
        """The event as a row."""
        if row is not None:
            return row
        data = msgspec.to_builtins(envelope.event)
        actor = data.pop("actor")
        data.pop("at")
        return {
            "key": key,
            "ticket": envelope.subject,
            "desk": envelope.desk,
            "at": rfc3339(envelope.at),
            "recorded_at": rfc3339(envelope.recorded_at),
            "source": envelope.source,
            "type": envelope.type,
            "schema_version": envelope.schema_version,
            "actor": actor,
            "data": data,
            "body": envelope.data.decode(),
            "sequence": envelope.sequence,
            "hash": envelope.hash,
            "prev_hash": envelope.prev_hash,
            "causation_id": envelope.causation_id,
            "correlation_id": envelope.correlation_id,
            "policy_version": envelope.policy_version,
            # The id alone: a rebuild reads the event in another span of the same trace.
            "trace_id": trace_of(envelope.traceparent).get("trace_id"),
        }


def envelope_of(row: Mapping[str, Any]) -> Envelope:
    """The envelope that a row was made of: so that the view can be folded as of any moment.

    body: the bytes that were hashed; a row of before they were kept says the same without them.
    """
    body = row.get("body")
    encoded = body.encode() if body else _said_again(row)
    return Envelope(
        id=row["key"],
        source=row["source"],
        type=row["type"],
        schema_version=row["schema_version"],
        subject=row["ticket"],
        desk=row["desk"],
        at=row["at"],
        recorded_at=row["recorded_at"],
        sequence=row["sequence"],
        causation_id=row["causation_id"],
        correlation_id=row["correlation_id"],
        policy_version=row["policy_version"],
        prev_hash=row["prev_hash"],
        hash=row["hash"],
        data=encoded,
        event=codec.decode(row["type"], row["schema_version"], encoded),
    )


def _said_again(row: Mapping[str, Any]) -> bytes:
    data = {**row["data"], "actor": row["actor"], "at": rfc3339(row["at"])}
    event = codec.decode(row["type"], row["schema_version"], msgspec.json.encode(data))
    return codec.encode(event)


def ordered(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """By time of happening, but never an effect before its cause; then recorded_at, source,
    sequence (semantics 23).

    Rows with `key`, `causation_id`, `at`, `recorded_at`, `source`, `sequence`.
    """
    by_key = {row["key"]: row for row in rows}
    effects: dict[str, list[str]] = {}
    ready: list[tuple[datetime, datetime, str, int, str]] = []
    for key, row in by_key.items():
        cause = row["causation_id"]
        if cause in by_key and cause != key:
            effects.setdefault(cause, []).append(key)
        else:
            heapq.heappush(ready, _place(row))
    result: list[Mapping[str, Any]] = []
    while ready:
        key = heapq.heappop(ready)[-1]
        result.append(by_key[key])
        for effect in effects.get(key, ()):
            heapq.heappush(ready, _place(by_key[effect]))
    return result


def _place(row: Mapping[str, Any]) -> tuple[datetime, datetime, str, int, str]:
    return row["at"], row["recorded_at"], row["source"], row["sequence"], row["key"]


def recorded_order(rows: Iterable[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """In the order in which each source said them: for folding, where the order of sources among
    one another makes no difference.
    """
    return sorted(rows, key=lambda row: (row["source"], row["sequence"]))
