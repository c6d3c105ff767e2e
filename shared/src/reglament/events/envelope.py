"""The envelope of an event, and its CloudEvents 1.0 binary mode on Kafka (contract, Events)."""

import hashlib
from datetime import datetime
from functools import lru_cache

import msgspec

from reglament.events.registry import Event
from reglament.instants import rfc3339

GENESIS = "0" * 64
SCHEMA_URI = "https://reglament.example/schemas/events/{type}.v{version}.schema.json"


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """An event with everything that is said about it.

    sequence: per subject and source, from 1, no gaps = its version in the stream.
    recorded_at: when the producing service stored it. hash covers prev_hash, attributes, data.
    """

    id: str
    source: str
    type: str
    schema_version: int
    subject: str
    desk: str
    at: datetime
    recorded_at: datetime
    sequence: int
    causation_id: str | None = None
    correlation_id: str | None = None
    policy_version: int | None = None
    traceparent: str | None = None
    prev_hash: str = GENESIS
    hash: str = ""
    data: bytes
    event: Event

    @property
    def topic_key(self) -> bytes:
        """The Kafka key: the subject, so that a ticket's events stay in order."""
        return self.subject.encode()


def attributes(envelope: Envelope) -> list[tuple[str, str]]:
    """The CloudEvents attributes that the hash covers, in their fixed order."""
    pairs = [
        ("specversion", "1.0"),
        ("id", envelope.id),
        ("source", envelope.source),
        ("type", envelope.type),
        ("time", rfc3339(envelope.at)),
        ("subject", envelope.subject),
        ("dataschema", _schema(envelope.type, envelope.schema_version)),
        ("desk", envelope.desk),
        ("sequence", str(envelope.sequence)),
        ("recordedat", rfc3339(envelope.recorded_at)),
    ]
    optional = (
        ("causationid", envelope.causation_id),
        ("correlationid", envelope.correlation_id),
        ("policyversion", envelope.policy_version),
    )
    pairs.extend((name, str(value)) for name, value in optional if value is not None)
    return pairs


def chained(envelope: Envelope, prev_hash: str) -> Envelope:
    """The envelope with its place in the stream's hash chain (architecture 10)."""
    digest = hashlib.sha256(prev_hash.encode())
    for name, value in attributes(envelope):
        digest.update(f"{name}={value}\n".encode())
    digest.update(envelope.data)
    return msgspec.structs.replace(envelope, prev_hash=prev_hash, hash=digest.hexdigest())


@lru_cache(maxsize=1024)
def _schema(kind: str, version: int) -> str:
    return SCHEMA_URI.format(type=kind, version=version)


@lru_cache
def _header(name: str) -> str:
    return f"ce_{name}"


def headers(envelope: Envelope) -> list[tuple[str, bytes]]:
    """Kafka headers, binary mode. traceparent is the plain W3C header."""
    pairs = [(_header(name), value.encode()) for name, value in attributes(envelope)]
    pairs.append(("ce_hash", envelope.hash.encode()))
    pairs.append(("ce_prevhash", envelope.prev_hash.encode()))
    pairs.append(("content-type", b"application/json"))
    if envelope.traceparent is not None:
        pairs.append(("traceparent", envelope.traceparent.encode()))
    return pairs
