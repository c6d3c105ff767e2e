"""A policy with one key taken out, or set to another value: `request.fields.version`,
`queue.order=priority`, `sla.targets[metric=handling]`, `request.contacts[phone]`.
"""

import re
from copy import deepcopy
from typing import Any

from reglament.yaml_core import parse_yaml

_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]+)\]")
_VALUE = re.compile(r"=(?![^\[]*\])")
Document = dict[str, Any]


def varied(document: Document, key: str) -> Document:
    """The document with the key's value, or without the key. Raises KeyError: it is not there."""
    path, *value = _VALUE.split(key, maxsplit=1)
    result = deepcopy(document)
    *parents, last = [(name, among) for name, among in _STEP.findall(path)]
    node: Any = result
    for step in parents:
        (place,) = _places(node, step)[:1]
        node = node[place]
    if value and last[0] and isinstance(node, dict):
        node[last[0]] = parse_yaml(value[0])
        return result
    for place in reversed(_places(node, last)):
        if value:
            node[place] = parse_yaml(value[0])
        else:
            del node[place]
    return result


def _places(node: Any, step: tuple[str, str]) -> list[Any]:
    """Where in the node the step leads: a key, or the items that match. Raises KeyError."""
    name, among = step
    found: list[Any] = [name] if name in node else []
    if among:
        wanted = [pair.partition("=") for pair in among.split(",")]
        found = [
            index
            for index, item in enumerate(node)
            if all(item.get(k) == v if sign else item == k for k, sign, v in wanted)
        ]
    if not found:
        raise KeyError(f"the policy has no {name or among}")
    return found
