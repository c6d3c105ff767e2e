"""JSON Schemas of events (2020-12), in the subset that every generator reads.

Additional properties are allowed: a reader must survive fields of a later release.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from reglament.events import codec as _registers_all_events  # noqa: F401
from reglament.events.envelope import SCHEMA_URI
from reglament.events.registry import EventType, all_types

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FORMATS: Mapping[type, str] = {
    msgspec.inspect.DateTimeType: "date-time",
    msgspec.inspect.DateType: "date",
}


def event_schema(entry: EventType) -> dict[str, Any]:
    """The schema of one event's data, complete in itself."""
    components = component_schemas([entry], "#/$defs/{name}")
    own = components.pop(entry.cls.__name__)
    schema = {
        "$schema": DIALECT,
        "$id": SCHEMA_URI.format(type=entry.name, version=entry.version),
        **own,
        "title": f"{entry.name} v{entry.version}",
    }
    return {**schema, "$defs": components} if components else schema


def component_schemas(
    entries: Iterable[EventType] | None = None,
    template: str = "#/components/schemas/{name}",
) -> dict[str, Any]:
    """Schemas by name, of the events and of what they are made of."""
    classes = [entry.cls for entry in (all_types() if entries is None else entries)]
    _, components = msgspec.json.schema_components(classes, ref_template=template)
    described = {each.cls.__name__: each for each in _structs(classes)}
    for name, schema in components.items():
        schema["description"] = one_paragraph(schema.get("description", name))
        fields = {field.encode_name: field.type for field in described[name].fields}
        for field, part in schema.get("properties", {}).items():
            _say_format(part, fields[field])
    return dict(sorted(components.items()))


def one_paragraph(text: str) -> str:
    """A docstring without its indentation."""
    return " ".join(text.split())


def _structs(classes: Iterable[type]) -> Iterator[msgspec.inspect.StructType]:
    """Every struct type that the classes are made of."""
    seen: set[type] = set()
    waiting = list(msgspec.inspect.multi_type_info(list(classes)))
    while waiting:
        each = waiting.pop()
        if isinstance(each, msgspec.inspect.StructType) and each.cls not in seen:
            seen.add(each.cls)
            waiting.extend(field.type for field in each.fields)
            yield each
        waiting.extend(_parts(each))


def _parts(each: msgspec.inspect.Type) -> tuple[msgspec.inspect.Type, ...]:
    if isinstance(each, msgspec.inspect.UnionType):
        return each.types
    if isinstance(each, msgspec.inspect.VarTupleType | msgspec.inspect.ListType):
        return (each.item_type,)
    return ()


def _say_format(part: dict[str, Any], kind: msgspec.inspect.Type) -> None:
    """msgspec leaves out `format` where a time's zone is free."""
    wanted = FORMATS.get(type(kind))
    if wanted is not None:
        part["format"] = wanted
    if isinstance(kind, msgspec.inspect.UnionType):
        times = [FORMATS[type(each)] for each in kind.types if type(each) in FORMATS]
        for option in part.get("anyOf", ()):
            if times and option.get("type") == "string":
                option["format"] = times[0]
