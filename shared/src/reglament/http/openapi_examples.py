"""An example of every JSON body that a route takes, out of its schema: the same at every call.

What a schema demands is in it, and what fields with telling names may hold.
"""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
TOLD: Mapping[str, Any] = {
    "access": {"login": "vendor-17"},
    "answer": "restart-the-server",
    "at": "2026-11-23T09:00:00Z",
    "body": "We are on it.",
    "category": "error",
    "channel": "web",
    "content": "bG9nCg==",
    "content_type": "text/plain",
    "customer": "customer-42",
    "department": "network",
    "description": "No connection since 10:40.",
    "desk": "north",
    "email": "ann@client.example",
    "engineer": "engineer-7",
    "fields": {"host": "db-1"},
    "from": "2026-11-01T00:00:00Z",
    "items": ["host"],
    "level": "L2",
    "locale": "en",
    "minutes": 30,
    "name": "Ann",
    "note": "Asked the vendor.",
    "number": "N-000017",
    "priority": "critical",
    "reason": "waiting_for_vendor",
    "since": "2026-11-01",
    "subject": "The database is down",
    "text": "A full disk; it is twice the size now.",
    "types": ["TicketOpened", "TicketClosed"],
    "until": "2026-11-30T09:00:00Z",
    "url": "https://system.example/hooks/desk",
}
FORMATS: Mapping[str, Any] = {
    "date-time": "2026-11-23T09:00:00Z",
    "date": "2026-11-23",
    "uuid": "019ab3f2-7c00-7a31-9d0e-5b1f6c2a4e80",
}
UUID_PATTERN = "^[0-9a-f]{8}-"
LONGER = "ann@client.example"  # where a field's name is too short to stand for its value


def example_of(schema: Schema, schemas: Mapping[str, Schema], name: str = "") -> Any:
    """A value that fits. schemas: by name, what `$ref` leads to; name: the field's own."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas, name)
    if schema.get("examples"):
        return schema["examples"][0]
    for key in ("const", "default"):
        if schema.get(key):
            return schema[key]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema or "oneOf" in schema:
        return example_of(_first(schema), schemas, name)
    return _of_type(schema, schemas, name)


def _first(schema: Schema) -> Schema:
    """The first alternative that is something."""
    options = schema.get("anyOf") or schema["oneOf"]
    return next(each for each in options if each.get("type") != "null")


def _of_type(schema: Schema, schemas: Mapping[str, Schema], name: str) -> Any:
    match schema.get("type"):
        case "object":
            return _object(schema, schemas, name)
        case "array":
            return _array(schema, schemas, name)
        case "integer" | "number":
            return TOLD.get(name, schema.get("minimum", 1))
        case "boolean":
            return True
        case _:
            return _text(schema, name)


def _array(schema: Schema, schemas: Mapping[str, Schema], name: str) -> list[Any]:
    items = schema.get("items", {})
    told = TOLD.get(name)
    if isinstance(told, list) and items.get("type") == "string":
        return told
    return [example_of(items, schemas, name.removesuffix("s"))]


def _text(schema: Schema, name: str) -> str:
    if str(schema.get("pattern", "")).startswith(UUID_PATTERN):
        return str(FORMATS["uuid"])
    text = str(FORMATS.get(schema.get("format", "")) or TOLD.get(name) or name or "text")
    return text if len(text) >= schema.get("minLength", 0) else LONGER


def _object(schema: Schema, schemas: Mapping[str, Schema], name: str) -> Any:
    if "properties" not in schema:
        return TOLD.get(name, {})
    needed = schema.get("required", ())
    return {
        field: example_of(part, schemas, field)
        for field, part in schema["properties"].items()
        if field in needed or field in TOLD
    }
