"""Every JSON body in the OpenAPI documents has an example, and it fits its own schema."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]

from reglament.contract.openapi_documents import SERVICES, openapi_document

DOCUMENTS: dict[str, dict[str, Any]] = {
    service: json.loads(openapi_document(service)) for service in SERVICES
}


def bodies() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Service, operation id, the body."""
    for service, document in DOCUMENTS.items():
        for path in document["paths"].values():
            for operation in path.values():
                body = operation.get("requestBody", {}).get("content", {}).get("application/json")
                if body is not None:
                    yield service, operation["operationId"], body


BODIES = list(bodies())


def test_there_are_bodies_to_look_at() -> None:
    assert len(BODIES) > 30


@pytest.mark.parametrize(
    ("service", "operation", "body"), BODIES, ids=[f"{each[0]}-{each[1]}" for each in BODIES]
)
def test_a_bodys_examples_fit_its_schema(
    service: str, operation: str, body: dict[str, Any]
) -> None:
    named = [each["value"] for each in body.get("examples", {}).values()]
    examples = [body["example"], *named] if "example" in body else named
    assert examples, operation
    schema = {**body["schema"], "components": DOCUMENTS[service]["components"]}
    checker = Draft202012Validator(schema, format_checker=FormatChecker())
    for example in examples:
        assert [error.message for error in checker.iter_errors(example)] == []
