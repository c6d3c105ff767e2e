"""`/asyncapi.yaml`: the topics and their events, out of the registry (contract, Events)."""

from functools import lru_cache
from typing import Any

import msgspec
import yaml
from fastapi import APIRouter
from starlette.responses import Response

from reglament.events import codec, topics
from reglament.events.registry import EventType, all_types

router = APIRouter(tags=["operation"])
MODULES = codec.MODULES  # their import is what fills the registry
REF = "#/components/schemas/{name}"
HEADERS: dict[str, str] = {
    "ce_specversion": "CloudEvents, always 1.0",
    "ce_id": "UUIDv7",
    "ce_source": "/reglament/<service>",
    "ce_type": "the event's name",
    "ce_time": "when it happened, RFC 3339",
    "ce_recordedat": "when the service stored it, RFC 3339",
    "ce_subject": "the ticket's id, or what the topic's key is",
    "ce_dataschema": "the URI of the JSON Schema, with the version",
    "ce_desk": "the desk",
    "ce_sequence": "per subject and source, from 1, without gaps",
    "ce_hash": "SHA-256 over the hash before, the attributes and the data",
    "ce_prevhash": "the hash of the event before in this stream",
}
OPTIONAL = ("ce_causationid", "ce_correlationid", "ce_policyversion", "traceparent")


@router.get("/asyncapi.yaml", summary="The events (AsyncAPI 3)", response_class=Response)
async def asyncapi() -> Response:
    """Every topic, its owner and its events with their schemas."""
    return Response(as_yaml(), 200, media_type="application/yaml")


@lru_cache(maxsize=1)
def as_yaml() -> str:
    """The document as text."""
    return str(yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=100))


def document() -> dict[str, Any]:
    """The AsyncAPI document as data."""
    entries = all_types()
    _, schemas = msgspec.json.schema_components([entry.cls for entry in entries], ref_template=REF)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Reglament: events",
            "version": "1.0.0",
            "description": "CloudEvents 1.0 in Kafka binary mode, JSON data. Ticket topics are "
            "kept for ever and keyed by ticket; the others are compacted.",
        },
        "defaultContentType": "application/json",
        "channels": {topic: _channel(topic, entries) for topic in topics.OWNERS},
        "operations": {
            f"{owner}-sends-{topic.split('.')[1]}": {
                "action": "send",
                "channel": {"$ref": f"#/channels/{topic}"},
                "summary": f"said by {owner}",
            }
            for topic, owner in topics.OWNERS.items()
        },
        "components": {
            "schemas": schemas,
            "messages": {entry.name: _message(entry) for entry in entries},
            "messageTraits": {"cloudEvent": {"headers": _headers()}},
        },
    }


def _channel(topic: str, entries: tuple[EventType, ...]) -> dict[str, Any]:
    kept = "kept for ever" if topic in topics.KEPT else "compacted"
    messages = [entry.name for entry in entries if entry.topic == topic]
    return {
        "address": topic,
        "description": f"Said by {topics.OWNERS[topic]}; {kept}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
    }


def _message(entry: EventType) -> dict[str, Any]:
    return {
        "name": entry.name,
        "title": f"{entry.name} v{entry.version}",
        "summary": " ".join((entry.cls.__doc__ or "").split()),
        "contentType": "application/json",
        "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
        "payload": {"$ref": REF.format(name=entry.cls.__name__)},
    }


def _headers() -> dict[str, Any]:
    texts = {name: {"type": "string", "description": text} for name, text in HEADERS.items()}
    further: dict[str, Any] = {name: {"type": "string"} for name in OPTIONAL}
    return {"type": "object", "required": list(HEADERS), "properties": texts | further}
