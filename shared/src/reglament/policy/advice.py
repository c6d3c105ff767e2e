"""What is wrong with a policy file, in which line, and what was probably meant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import yaml
from pydantic import BaseModel

from reglament.errors import Refused, Violation
from reglament.policy import values
from reglament.policy.loader import load
from reglament.policy.model import Policy
from reglament.policy.parts import Calendar, ChannelRule, FieldRule
from reglament.yaml_core import CoreLoader

_NAMES = {
    "unknown-calendar": "calendars",
    "unknown-category": "categories",
    "unknown-service-level": "service_levels",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """line: where in the file, from 1; meant: what was probably meant."""

    rule: str
    field: str
    detail: str
    line: int | None = None
    meant: str | None = None


def faults_of(text: bytes) -> list[Fault]:
    """Everything that keeps the file from being published; empty: nothing."""
    try:
        load(text)
    except Refused as refused:
        root = _nodes(text)
        return [_fault(violation, root) for violation in refused.violations]
    return []


def _fault(violation: Violation, root: yaml.Node | None) -> Fault:
    path = (violation.field or "").split(".")
    node, last = _at(root, path)
    return Fault(
        rule=violation.rule,
        field=violation.field or "",
        detail=violation.detail or "",
        line=node.start_mark.line + 1 if node is not None and violation.field else None,
        meant=_meant(violation, last, root),
    )


def _nodes(text: bytes) -> yaml.Node | None:
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=CoreLoader)
    except (yaml.YAMLError, ValueError):
        return None
    return node


def _at(root: yaml.Node | None, path: Sequence[str]) -> tuple[yaml.Node | None, str]:
    """The node that the path leads to, as far as the file has it; and the path's last step there.

    Steps that are no keys of the file, which union types put in, are passed over.
    """
    node, last = root, ""
    for step in path:
        following = _child(node, step)
        if following is not None:
            node, last = following, step
    return node, last


def _child(node: yaml.Node | None, step: str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        found = (value for key, value in node.value if key.value == step)
        return next(found, None)
    if isinstance(node, yaml.SequenceNode) and step.isdigit() and int(step) < len(node.value):
        item: yaml.Node = node.value[int(step)]
        return item
    return None


def _meant(violation: Violation, last: str, root: yaml.Node | None) -> str | None:
    """The nearest of the words that could stand there."""
    if violation.rule == "extra_forbidden":
        return _nearest(last, _keys())
    if violation.rule == "literal_error":
        node, _ = _at(root, (violation.field or "").split("."))
        choices = (violation.detail or "").split("'")[1::2]
        return _nearest(str(getattr(node, "value", "")), choices)
    if violation.rule in _NAMES:
        names = _child(root, _NAMES[violation.rule])
        return _nearest(violation.detail or "", list(_named(names)))
    return None


def _named(node: yaml.Node | None) -> Iterator[str]:
    if isinstance(node, yaml.MappingNode):
        for key, _ in node.value:
            yield str(key.value)


def _nearest(said: str, choices: Sequence[str]) -> str | None:
    return next(iter(get_close_matches(said, choices, n=1, cutoff=0.6)), None)


def _keys() -> list[str]:
    """Every key that a policy may have, at whatever place."""
    models: list[type[BaseModel]] = [Policy, Calendar, ChannelRule, FieldRule]
    models += _parts(values.Part)
    fields = (item for model in models for item in model.model_fields.items())
    return sorted({field.alias or name for name, field in fields})


def _parts(root: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for each in root.__subclasses__():
        yield each
        yield from _parts(each)


def shown(fault: Fault) -> dict[str, Any]:
    """A line of the answer."""
    where = f"line {fault.line}" if fault.line else ""
    hint = f"meant {fault.meant!r}?" if fault.meant else ""
    return {"where": where, "key": fault.field, "rule": fault.rule, "detail": fault.detail} | {
        "hint": hint
    }
