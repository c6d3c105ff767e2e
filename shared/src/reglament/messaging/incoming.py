"""A Kafka record, read as far as it can be: event, raw record, unknown type, or poison."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from reglament.events import topics
from reglament.events.codec import Undecodable, UnknownType, from_kafka
from reglament.events.envelope import Envelope
from reglament.events.registry import by_name

Reason = Literal["unreadable", "misplaced", "refused"]
Kind = Literal["event", "record", "unknown", "poison"]
RAW = frozenset((topics.CONTACTS, topics.CONTENTS))
POSITION = "position"
_decode_record = msgspec.json.Decoder(dict[str, Any] | None).decode


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """subject: the Kafka key; source: who says it; sequence: per subject and source.

    envelope: only of an event; record: only of a raw record, None where it was deleted;
    cause, reason: only of poison, `refused` by a handler. Headers and value are kept for the
    dead letter.
    """

    kind: Kind
    topic: str
    partition: int
    offset: int
    subject: str
    source: str
    sequence: int | None
    headers: tuple[tuple[str, bytes], ...]
    value: bytes | None
    envelope: Envelope | None = None
    record: dict[str, Any] | None = None
    cause: str | None = None
    reason: Reason = "unreadable"

    @property
    def may_have_gaps(self) -> bool:
        """Compaction drops records, so a missing number there is no loss."""
        return self.topic in topics.COMPACTED

    @property
    def is_personal(self) -> bool:
        """Its value may be a person's data, which must not live on in a dead letter."""
        return self.topic in RAW


def poisoned(incoming: Incoming, cause: str, reason: Reason = "unreadable") -> Incoming:
    """The same record as a dead letter with its cause."""
    return replace(incoming, kind="poison", envelope=None, record=None, cause=cause, reason=reason)


def read(record: Any) -> Incoming:
    """What an aiokafka record says. Never raises: what cannot be read is poison."""
    return read_parts(
        record.topic,
        record.partition,
        record.offset,
        record.key,
        tuple(record.headers),
        record.value,
    )


def read_parts(
    topic: str,
    partition: int,
    offset: int,
    key: bytes | None,
    headers: tuple[tuple[str, bytes], ...],
    value: bytes | None,
) -> Incoming:
    """The same, of a record kept in the database."""
    attributes = dict(headers)
    raw = topic in RAW
    subject = _text(key) if key else f"{topic}/{partition}/{offset}"
    incoming = Incoming(
        kind="record" if raw else "event",
        topic=topic,
        partition=partition,
        offset=offset,
        subject=subject,
        source=topic if raw else _source(topic, attributes),
        sequence=_number(attributes.get(POSITION if raw else "ce_sequence")),
        headers=headers,
        value=value,
    )
    if key is None:
        return poisoned(incoming, "no key")
    return _with_record(incoming) if raw else _with_event(incoming)


def _with_record(incoming: Incoming) -> Incoming:
    if incoming.value is None:
        return incoming
    try:
        return replace(incoming, record=_decode_record(incoming.value))
    except msgspec.MsgspecError as fault:
        return poisoned(incoming, str(fault))


def _with_event(incoming: Incoming) -> Incoming:
    try:
        envelope = from_kafka(incoming.headers, incoming.value)
    except UnknownType:
        return replace(incoming, kind="unknown")
    except Undecodable as fault:
        return poisoned(incoming, str(fault))
    if wrong := _misplaced(incoming, envelope):
        return poisoned(incoming, wrong, "misplaced")
    return replace(incoming, envelope=envelope)


def _misplaced(incoming: Incoming, envelope: Envelope) -> str | None:
    """Security 25: a record says who it is of by its topic and key; the headers must agree."""
    entry = by_name(envelope.type)
    if entry is None or entry.topic != incoming.topic:
        return f"{envelope.type} does not belong on {incoming.topic}"
    if envelope.subject != incoming.subject:
        return f"subject {envelope.subject} is not the key"
    if (owner := _owner(incoming.topic)) and envelope.source != owner:
        return f"source {envelope.source} does not own {incoming.topic}"
    return None


def _owner(topic: str) -> str | None:
    service = topics.OWNERS.get(topic)
    return service and f"/reglament/{service}"


def _source(topic: str, attributes: dict[str, bytes]) -> str:
    return _owner(topic) or _text(attributes.get("ce_source", b"")) or topic


def _text(raw: bytes) -> str:
    """Text that PostgreSQL takes, whatever the bytes are."""
    return raw.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def _number(raw: bytes | None) -> int | None:
    return int(raw) if raw is not None and raw.isdigit() else None


def pack_headers(headers: Sequence[tuple[str, bytes]]) -> bytes:
    """Headers as the dead letter keeps them, to the byte."""
    return msgspec.msgpack.encode(headers)


def unpack_headers(packed: bytes) -> tuple[tuple[str, bytes], ...]:
    """The reverse."""
    return msgspec.msgpack.decode(packed, type=tuple[tuple[str, bytes], ...])
