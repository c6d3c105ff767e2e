"""docs/desks.md shows every key of a policy, and each of its examples can be published."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from reglament.policy.advice import faults_of
from reglament.policy.loader import parse, validate
from reglament.policy.model import Policy
from reglament.yaml_core import parse_yaml

DOCUMENT = Path(__file__).parents[2] / "docs" / "desks.md"
EXAMPLES = re.findall(
    r"^```yaml\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)
SCHEMA = Policy.model_json_schema()


def keys_of_schema(node: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Every key that a policy may have, `*` for a name of the desk's own."""
    if "$ref" in node:
        node = SCHEMA["$defs"][node["$ref"].rpartition("/")[2]]
    for choice in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from keys_of_schema(choice, path)
    for name, child in node.get("properties", {}).items():
        yield f"{path}.{name}".lstrip(".")
        yield from keys_of_schema(child, f"{path}.{name}")
    if isinstance(node.get("items"), Mapping):
        yield from keys_of_schema(node["items"], path)
    if isinstance(node.get("additionalProperties"), Mapping):
        yield from keys_of_schema(node["additionalProperties"], f"{path}.*")


def keys_written(node: Any, known: set[str], path: str = "") -> Iterator[str]:
    """Every key that an example has, by the schema's paths."""
    if isinstance(node, list):
        for item in node:
            yield from keys_written(item, known, path)
    if isinstance(node, Mapping):
        for name, child in node.items():
            own = f"{path}.{name}".lstrip(".")
            here = own if own in known else f"{path}.*".lstrip(".")
            yield here
            yield from keys_written(child, known, here)


def whole(example: str) -> dict[str, Any]:
    """A desk, or a part of one put into the first example."""
    document: dict[str, Any] = parse_yaml(example)
    return document if "desk" in document else {**parse(EXAMPLES[0]), **document}


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_example_can_be_published(number: int) -> None:
    validate(whole(EXAMPLES[number]))


def test_the_first_example_passes_the_check_of_the_command() -> None:
    assert faults_of(EXAMPLES[0].encode()) == []


def test_every_key_has_an_example_and_no_example_another() -> None:
    known = set(keys_of_schema(SCHEMA))
    shown = {key for each in EXAMPLES for key in keys_written(parse_yaml(each), known)}
    assert sorted(known - shown) == []
    assert sorted(key for key in shown - known if not key.endswith(".*")) == []
