"""What a release may change of an event's schema: add optional fields, and nothing else.

Both ways (reliability b2 18): today's readers must understand what was written then, and readers of
then must understand what is written today, ignoring what they do not know. Anything else needs a
new version with an upcaster. Schemas as `contract.schemas` makes them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Rule = Literal[
    "event-removed",
    "no-upcaster",
    "field-removed-or-renamed",
    "field-retyped",
    "field-newly-required",
    "field-became-optional",
    "value-added",
    "value-removed",
    "default-changed",
]
Schema = Mapping[str, Any]
WORDS = frozenset({"title", "description", "$schema", "$id", "$defs", "examples"})
ABSENT = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A change that is refused: by which rule, of which event, where in it."""

    rule: Rule
    event: str
    path: str = ""
    detail: str = ""

    def __str__(self) -> str:
        """One line for people."""
        where = f"{self.event}{self.path}"
        return f"{where}: {self.rule}" + (f" ({self.detail})" if self.detail else "")


def breaks(event: str, released: Schema, current: Schema) -> list[Break]:
    """What the same version of an event may not have changed."""
    return [
        Break(rule=rule, event=event, path=path, detail=detail)
        for rule, path, detail in _compared(
            _plain(released, released), _plain(current, current), ""
        )
    ]


Found = tuple[Rule, str, str]


def _plain(schema: Any, root: Schema) -> Any:
    """References followed, words left out."""
    if isinstance(schema, list):
        return [_plain(each, root) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return _plain({**root["$defs"][name], **rest}, root)
    return {
        key: {name: _plain(part, root) for name, part in value.items()}
        if key == "properties"
        else _plain(value, root)
        for key, value in schema.items()
        if key not in WORDS
    }


def _compared(old: Any, new: Any, path: str) -> Iterator[Found]:
    if "enum" in old and "enum" in new:
        yield from _values(old, new, path)
    elif _kind(old) != _kind(new):
        yield "field-retyped", path, f"{_kind(old)} -> {_kind(new)}"
    elif "properties" in old:
        yield from _fields(old, new, path)
    elif "items" in old:
        yield from _compared(old["items"], new["items"], f"{path}[]")
    elif "anyOf" in old:
        yield from _options(old["anyOf"], new["anyOf"], path)
    elif "additionalProperties" in old and isinstance(old["additionalProperties"], Mapping):
        yield from _compared(old["additionalProperties"], new["additionalProperties"], f"{path}.*")
    if old.get("default", ABSENT) != new.get("default", ABSENT) and "default" in old:
        yield "default-changed", path, f"{old['default']!r} -> {new.get('default', 'none')!r}"


def _kind(schema: Mapping[str, Any]) -> str:
    """What a value is, without its parts."""
    if "enum" in schema:
        return "one of a list"
    if "anyOf" in schema:
        return " or ".join(sorted(_kind(option) for option in schema["anyOf"]))
    shape = "fields" if "properties" in schema else ""
    keys = ("type", "format", "pattern")
    said = [str(schema[key]) for key in keys if key in schema]
    return " ".join([*said, shape]).strip() or "anything"


def _values(old: Schema, new: Schema, path: str) -> Iterator[Found]:
    """Old data must be readable, and new data by old readers, who take no other value."""
    for value in sorted(set(old["enum"]) - set(new["enum"]), key=str):
        yield "value-removed", path, str(value)
    for value in sorted(set(new["enum"]) - set(old["enum"]), key=str):
        yield "value-added", path, str(value)


def _fields(old: Schema, new: Schema, path: str) -> Iterator[Found]:
    then, now = set(old.get("required", ())), set(new.get("required", ()))
    for name, part in old["properties"].items():
        where = f"{path}.{name}"
        if name not in new["properties"]:
            yield "field-removed-or-renamed", where, ""
            continue
        if name in now - then:
            yield "field-newly-required", where, ""
        if name in then - now:
            yield "field-became-optional", where, ""
        yield from _compared(part, new["properties"][name], where)
    for name in sorted(now - set(old["properties"])):
        yield "field-newly-required", f"{path}.{name}", ""


def _options(old: list[Any], new: list[Any], path: str) -> Iterator[Found]:
    """The alternatives, kind by kind; that the kinds are the same is known."""
    for one, other in zip(sorted(old, key=_kind), sorted(new, key=_kind), strict=True):
        yield from _compared(one, other, path)
