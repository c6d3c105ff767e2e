"""asyncapi.yaml (AsyncAPI 3.0.0), out of the registry of events."""

from typing import Any

import yaml

from reglament.contract.readers import KEYS, READERS, SUMMARIES
from reglament.contract.records import RECORDS
from reglament.contract.samples import AT, DIGEST, TICKET, sample_event
from reglament.contract.schemas import component_schemas, one_paragraph
from reglament.events import topics
from reglament.events.codec import encode
from reglament.events.envelope import Envelope, headers
from reglament.events.registry import EventType, all_types

SCHEMA = "#/components/schemas/{}"
PARTITIONS = 12
KAFKA_BINDING = "0.5.0"
ABOUT = """\
The events of Reglament on Apache Kafka, CloudEvents 1.0 in binary mode, data as JSON.

A record's key is its subject, so the events of one ticket and one producer arrive in their order;
`ce_sequence` counts them from 1 without gaps. Delivery is at least once: a record seen twice has
the same `ce_id`, and the same `ce_source`, `ce_subject` and `ce_sequence`. Readers skip types that
they do not know and ignore fields that they do not know.
"""
TEXT = {"type": "string"}
TIME = {"type": "string", "format": "date-time"}
HEADERS: dict[str, Any] = {
    "type": "object",
    "description": "CloudEvents attributes in binary mode, and Reglament's extensions.",
    "required": [
        "ce_specversion",
        "ce_id",
        "ce_source",
        "ce_type",
        "ce_time",
        "ce_subject",
        "ce_dataschema",
        "ce_desk",
        "ce_sequence",
        "ce_recordedat",
        "ce_hash",
        "ce_prevhash",
        "content-type",
    ],
    "properties": {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {**TEXT, "description": "Of the event; the same at every delivery."},
        "ce_source": {**TEXT, "description": "`/reglament/<service>`."},
        "ce_type": TEXT,
        "ce_time": {**TIME, "description": "When it happened."},
        "ce_subject": {**TEXT, "description": "The ticket's id, or the record's key."},
        "ce_dataschema": {"type": "string", "format": "uri"},
        "ce_desk": TEXT,
        "ce_sequence": {
            "type": "string",
            "pattern": "^[1-9][0-9]*$",
            "description": "Per subject and source, from 1, no gaps.",
        },
        "ce_recordedat": {**TIME, "description": "When it was stored."},
        "ce_causationid": {**TEXT, "description": "The event that caused it."},
        "ce_correlationid": {**TEXT, "description": "The same for all that follows from one."},
        "ce_policyversion": {"type": "string", "pattern": "^[1-9][0-9]*$"},
        "ce_hash": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "ce_prevhash": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "content-type": {"type": "string", "const": "application/json"},
        "traceparent": {**TEXT, "description": "W3C trace context."},
    },
}


def asyncapi_document() -> str:
    """The document as YAML; the same bytes at every call of one release."""
    return yaml.safe_dump(_document(), sort_keys=False, allow_unicode=True, width=100)


def _document() -> dict[str, Any]:
    every = (*topics.KEPT, *topics.COMPACTED)
    messages = {entry.name: _message(entry) for entry in all_types()}
    messages |= {name: record.message() for name, record in RECORDS.items()}
    schemas = component_schemas() | {name: dict(r.schema) for name, r in RECORDS.items()}
    return {
        "asyncapi": "3.0.0",
        "id": "https://reglament.example/asyncapi.yaml",
        "info": {
            "title": "Reglament",
            "version": "1.0.0",
            "description": ABOUT,
            "contact": {"name": "Reglament", "url": "https://reglament.example"},
            "license": {"name": "Proprietary", "url": "https://reglament.example/license"},
            "tags": [{"name": "support"}, {"name": "cloudevents"}],
        },
        "defaultContentType": "application/json",
        "servers": {
            "local": {
                "host": "127.0.0.1:9092",
                "protocol": "kafka",
                "description": "What `make run` starts.",
            }
        },
        "channels": {_name(topic): _channel(topic) for topic in every},
        "operations": {f"send_{_name(topic)}": _operation(topic) for topic in every},
        "components": {"messages": messages, "schemas": {"Headers": HEADERS, **schemas}},
    }


def _name(topic: str) -> str:
    return topic.split(".")[1]


def _said_on(topic: str) -> list[str]:
    names = [entry.name for entry in all_types() if entry.topic == topic]
    return names + [name for name, record in RECORDS.items() if record.topic == topic]


def _channel(topic: str) -> dict[str, Any]:
    is_kept = topic in topics.KEPT
    retention = {"cleanup.policy": ["delete"], "retention.ms": -1}
    readers = ", ".join(READERS[topic]) or "nobody inside"
    return {
        "address": topic,
        "title": SUMMARIES[topic],
        "description": f"Key: {KEYS[topic]}. Says: {topics.OWNERS[topic]}. Read by: {readers}.",
        "servers": [{"$ref": "#/servers/local"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _said_on(topic)},
        "bindings": {
            "kafka": {
                "topic": topic,
                "partitions": PARTITIONS,
                "replicas": 1,
                "topicConfiguration": retention if is_kept else {"cleanup.policy": ["compact"]},
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }


def _operation(topic: str) -> dict[str, Any]:
    channel = _name(topic)
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel}"},
        "title": f"{topics.OWNERS[topic]} says {channel}",
        "summary": SUMMARIES[topic],
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in _said_on(topic)],
    }


def _message(entry: EventType) -> dict[str, Any]:
    envelope = _sample_envelope(entry)
    payload = yaml.safe_load(envelope.data)
    said = {name: value.decode() for name, value in headers(envelope)}
    key = {"type": "string", "description": KEYS[entry.topic]}
    return {
        "name": entry.name,
        "title": f"{entry.name} v{entry.version}",
        "summary": one_paragraph(entry.cls.__doc__ or entry.name),
        "contentType": "application/json",
        "headers": {"$ref": SCHEMA.format("Headers")},
        "payload": {"$ref": SCHEMA.format(entry.cls.__name__)},
        "correlationId": {"location": "$message.header#/ce_correlationid"},
        "bindings": {"kafka": {"key": key, "bindingVersion": KAFKA_BINDING}},
        "examples": [{"name": entry.name, "headers": said, "payload": payload}],
    }


def _sample_envelope(entry: EventType) -> Envelope:
    event = sample_event(entry)
    return Envelope(
        id="019ab3f2-7d00-7c11-8e2f-6a7b8c9d0e1f",
        source=f"/reglament/{topics.OWNERS[entry.topic]}",
        type=entry.name,
        schema_version=entry.version,
        subject=TICKET,
        desk="desk-1",
        at=AT,
        recorded_at=AT,
        sequence=1,
        correlation_id="019ab3f2-7cff-7a00-9b1c-2d3e4f5a6b7c",
        policy_version=1 if entry.topic in topics.TICKET_TOPICS else None,
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        hash=DIGEST,
        data=encode(event),
        event=event,
    )
