"""YAML 1.2's core schema, safely: `on`, `no`, `10:30` and dates are the words they look like.

PyYAML follows YAML 1.1, where `on: breached` is `{True: "breached"}` and `10:30` is 630.
"""

import re
from typing import Any

import yaml


class CoreLoader(yaml.SafeLoader):
    """A SafeLoader of the core schema. Aliases are refused: they can blow up a small file."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - as PyYAML declares it

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not understood here")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if not isinstance(key, str):
                raise yaml.YAMLError(f"{node.start_mark}: a key is text, {key!r} is not")
            if keys.count(key) > 1:
                raise yaml.YAMLError(f"{node.start_mark}: the key {key!r} stands twice")
        return super().construct_mapping(node, deep)


_SCALARS = (
    ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    ("tag:yaml.org,2002:float", r"^[-+]?[0-9]+\.[0-9]+(?:[eE][-+]?[0-9]+)?$", "-+0123456789"),
)
for _tag, _pattern, _first in _SCALARS:
    CoreLoader.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))


def parse_yaml(text: bytes | str) -> Any:
    """The document as plain data. Raises yaml.YAMLError, UnicodeDecodeError, RecursionError."""
    return yaml.load(text, Loader=CoreLoader)  # noqa: S506 - a SafeLoader underneath
