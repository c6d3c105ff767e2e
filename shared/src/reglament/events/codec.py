"""Bytes <-> events and envelopes. The bytes written are the very ones that Kafka gets."""

import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from reglament.events import (
    administration as _administration,
)
from reglament.events import (
    credentials as _credentials,
)
from reglament.events import (
    escalations as _escalations,
)
from reglament.events import (
    notifications as _notifications,
)
from reglament.events import (
    relations as _relations,
)
from reglament.events import (
    sla as _sla,
)
from reglament.events import (
    tickets as _tickets,
)
from reglament.events import (
    work as _work,
)
from reglament.events.envelope import GENESIS, Envelope
from reglament.events.registry import Event, by_class, by_name
from reglament.events.upcasters import upcast

MODULES = (
    _administration,
    _credentials,
    _escalations,
    _notifications,
    _relations,
    _sla,
    _tickets,
    _work,
)
_ENCODER = msgspec.json.Encoder()
_DECODERS: dict[type[Event], msgspec.json.Decoder[Any]] = {}
_SCHEMA = re.compile(r"\.v(\d+)\.schema\.json$")


class Undecodable(ValueError):
    """A record that is no event of ours, or whose data does not fit: goes to the dead letter."""


class UnknownType(ValueError):
    """An event of a later release: skipped and counted."""


def encode(event: Event) -> bytes:
    """An event's data as JSON."""
    return _ENCODER.encode(event)


def decode(name: str, version: int, data: bytes) -> Event:
    """The event in its newest class. Raises UnknownType or Undecodable."""
    entry = by_name(name)
    if entry is None or version > entry.version:
        raise UnknownType(name)
    try:
        if version < entry.version:
            old = upcast(name, version, entry.version, msgspec.json.decode(data))
            return msgspec.convert(old, entry.cls)
        decoder = _DECODERS.get(entry.cls)
        if decoder is None:
            decoder = _DECODERS[entry.cls] = msgspec.json.Decoder(entry.cls)
        return decoder.decode(data)  # type: ignore[no-any-return]
    except (msgspec.MsgspecError, KeyError, TypeError) as fault:
        raise Undecodable(f"{name} v{version}: {fault}") from fault


def version_of(cls: type[Event]) -> int:
    """The version under which this release writes the event."""
    return by_class(cls).version


@lru_cache(maxsize=256)
def _schema_version(uri: str) -> int | None:
    """The version in a schema's address; None: it names none. There are a few dozen of them."""
    found = _SCHEMA.search(uri)
    return None if found is None else int(found[1])


def from_kafka(headers: Iterable[tuple[str, bytes]], value: bytes | None) -> Envelope:
    """An envelope from a record in CloudEvents binary mode. Raises UnknownType or Undecodable."""
    attributes = {name: raw.decode("utf-8", "replace") for name, raw in headers}
    try:
        name, version = attributes["ce_type"], _schema_version(attributes["ce_dataschema"])
        if version is None or value is None:
            raise Undecodable("no schema version, or no value")
        policy = attributes.get("ce_policyversion")
        return Envelope(
            id=attributes["ce_id"],
            source=attributes["ce_source"],
            type=name,
            schema_version=version,
            subject=attributes["ce_subject"],
            desk=attributes["ce_desk"],
            at=datetime.fromisoformat(attributes["ce_time"]),
            recorded_at=datetime.fromisoformat(attributes["ce_recordedat"]),
            sequence=int(attributes["ce_sequence"]),
            causation_id=attributes.get("ce_causationid"),
            correlation_id=attributes.get("ce_correlationid"),
            policy_version=int(policy) if policy else None,
            traceparent=attributes.get("traceparent"),
            prev_hash=attributes.get("ce_prevhash", GENESIS),
            hash=attributes.get("ce_hash", ""),
            data=value,
            event=decode(name, version, value),
        )
    except KeyError as fault:
        raise Undecodable(f"header {fault} is missing") from fault
    except UnknownType:
        raise
    except ValueError as fault:
        raise Undecodable(str(fault)) from fault
