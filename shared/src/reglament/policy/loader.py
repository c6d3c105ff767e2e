"""YAML or JSON -> a checked Policy. One reading, at the edge; the whole of it or none."""

from typing import Any

import yaml
from pydantic import ValidationError

from reglament.errors import Refused, Violation
from reglament.policy.checks import faults
from reglament.policy.model import Policy
from reglament.yaml_core import parse_yaml

LIMIT_BYTES = 256 * 1024


def parse(text: bytes | str) -> dict[str, Any]:
    """The document as data. Raises Refused(policy-invalid) with the line of the fault."""
    if len(text) > LIMIT_BYTES:
        raise _refused("", f"larger than {LIMIT_BYTES} bytes")
    try:
        document = parse_yaml(text)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as fault:
        raise _refused("", " ".join(str(fault).split())) from fault
    if not isinstance(document, dict):
        raise _refused("", "a policy is a mapping of keys")
    return document


def validate(document: dict[str, Any]) -> Policy:
    """A policy whose every name is known. Raises Refused(policy-invalid), a violation a fault."""
    try:
        policy = Policy.model_validate(document)
    except ValidationError as error:
        raise Refused(
            [
                Violation(
                    rule=str(fault["type"]),
                    field=".".join(str(part) for part in fault["loc"]),
                    detail=fault["msg"],
                )
                for fault in error.errors(include_url=False, include_context=False)
            ],
            kind="policy-invalid",
        ) from error
    if found := faults(policy):
        raise Refused(found, kind="policy-invalid")
    return policy


def load(text: bytes | str) -> Policy:
    """`validate(parse(text))`."""
    return validate(parse(text))


def _refused(field: str, detail: str) -> Refused:
    return Refused(
        [Violation(rule="malformed", field=field or None, detail=detail)], kind="policy-invalid"
    )
