"""The generated documents say what the code does, and their examples are true."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]

from reglament.contract.documents import Documents, generate, policy_schema, stale
from reglament.contract.generated import differing, write
from reglament.contract.openapi_documents import SERVICES, openapi_document
from reglament.contract.pages import declared_metrics, metrics_page
from reglament.contract.readers import READERS
from reglament.contract.samples import sample_event
from reglament.contract.schemas import event_schema
from reglament.events import topics
from reglament.events.codec import encode
from reglament.events.registry import EventType, all_types
from reglament.yaml_core import parse_yaml

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/contract/events/golden"
UNITS = ("_seconds", "_total", "_rows", "_records", "_info")


def faults(schema: dict[str, Any], document: Any) -> list[str]:
    """What the schema finds wrong."""
    Draft202012Validator.check_schema(schema)
    checker = Draft202012Validator(schema, format_checker=FormatChecker())
    return [error.message for error in checker.iter_errors(document)]


@pytest.mark.parametrize("entry", all_types(), ids=lambda entry: entry.name)
def test_every_event_that_is_written_fits_its_schema(entry: EventType) -> None:
    schema = event_schema(entry)
    assert faults(schema, json.loads(encode(sample_event(entry)))) == []
    golden = GOLDEN / f"{entry.name}.v{entry.version}.json"
    assert faults(schema, json.loads(golden.read_text("utf-8"))) == []


@pytest.mark.parametrize("entry", all_types(), ids=lambda entry: entry.name)
def test_a_schema_refuses_what_is_no_such_event(entry: EventType) -> None:
    schema, document = event_schema(entry), json.loads(encode(sample_event(entry)))
    assert faults(schema, {**document, "actor": {"kind": "nobody", "id": "x"}})
    del document["at"]
    assert faults(schema, document)


@pytest.mark.parametrize("entry", all_types(), ids=lambda entry: entry.name)
def test_a_schema_lets_a_later_releases_field_pass(entry: EventType) -> None:
    document = json.loads(encode(sample_event(entry)))
    assert faults(event_schema(entry), {**document, "of_a_later_release": 1}) == []


@pytest.mark.parametrize("file", sorted((ROOT / "policies").glob("*.yaml")), ids=lambda f: f.stem)
def test_every_policy_fits_the_published_schema(file: Path) -> None:
    schema = json.loads(policy_schema())
    policy = parse_yaml(file.read_text("utf-8"))
    assert faults(schema, policy) == []
    assert faults(schema, {**policy, "unknown_key": 1})


@pytest.mark.parametrize("service", SERVICES)
def test_the_catalogues_readers_are_those_who_subscribe(service: str) -> None:
    package = SERVICES[service]
    app = ROOT / "services" / service / "src" / package / "app.py"
    constants = {name for name, value in vars(topics).items() if isinstance(value, str)}
    read = set(_names(ast.parse(app.read_text("utf-8")))) & constants
    said = {topic for topic, readers in READERS.items() if service in readers}
    assert {getattr(topics, name) for name in read} == said


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        if isinstance(node, ast.Attribute):
            yield node.attr


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_is_described_and_refuses_with_problems(service: str) -> None:
    document = json.loads(openapi_document(service))
    assert document["openapi"].startswith("3.1")
    operations = [
        operation
        for path in document["paths"].values()
        for method, operation in path.items()
        if method != "parameters"
    ]
    for operation in operations:
        name = operation["operationId"]
        assert operation["summary"], name
        assert operation["description"], name
        assert operation["tags"], name
        for status, response in operation["responses"].items():
            if status >= "400":
                assert "$ref" in response or response["description"], (name, status)
    assert "HTTPValidationError" not in json.dumps(document)


def test_metrics_follow_the_conventions_of_prometheus() -> None:
    page = metrics_page()
    for metric in declared_metrics():
        (described,) = metric.describe()
        assert described.documentation.endswith("."), described.name
        assert f"`{described.name}" in page
        if described.type == "histogram" and described.name != "store_batch_commits":
            assert described.name.endswith(UNITS), described.name
        labels = set(metric._labelnames)
        assert not labels & {"ticket", "requester", "email", "user", "path", "service"}


def test_the_check_sees_a_change_a_missing_file_and_a_version_that_never_was(
    tmp_path: Path,
) -> None:
    documents = generate()
    only = Documents(
        texts={
            path: text
            for path, text in documents.texts.items()
            if "TicketOpened" in path or path.endswith(".md")
        },
        missing=(),
    )
    assert set(differing(tmp_path, only.texts)) == set(only.texts)
    assert set(write(tmp_path, only.texts)) == set(only.texts)
    assert differing(tmp_path, only.texts) == []
    (tmp_path / "docs/metrics.md").write_text("edited by hand")
    assert differing(tmp_path, only.texts) == ["docs/metrics.md"]
    newer = tmp_path / "docs/contract/events/TicketOpened.v99.schema.json"
    newer.write_text("{}")
    assert stale(tmp_path, only) == ["docs/contract/events/TicketOpened.v99.schema.json"]
