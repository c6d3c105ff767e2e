"""asyncapi.yaml: every event stands in it, and its examples fit its own schemas."""

from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]

from reglament.contract.asyncapi import asyncapi_document
from reglament.contract.readers import KEYS, READERS, SUMMARIES
from reglament.events import topics
from reglament.events.codec import encode
from reglament.events.envelope import Envelope, headers
from reglament.events.registry import Actor, all_types
from reglament.events.tickets import TicketClosed

DOCUMENT: dict[str, Any] = yaml.safe_load(asyncapi_document())
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]


def resolved(pointer: str) -> Any:
    """What a local reference points to; KeyError: to nothing."""
    found: Any = DOCUMENT
    for step in pointer.removeprefix("#/").split("/"):
        found = found[step]
    return found


def references(node: Any) -> list[str]:
    """Every `$ref` in the document."""
    if isinstance(node, list):
        return [each for item in node for each in references(item)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    return own + [each for item in node.values() for each in references(item)]


def test_every_reference_leads_somewhere() -> None:
    found = references(DOCUMENT)
    assert len(found) > len(MESSAGES)
    for pointer in found:
        resolved(pointer)


def test_every_event_is_said_on_its_own_topics_channel() -> None:
    by_address = {each["address"]: each for each in DOCUMENT["channels"].values()}
    assert set(by_address) == {*topics.KEPT, *topics.COMPACTED}
    for entry in all_types():
        assert entry.name in by_address[entry.topic]["messages"]


def test_each_topic_has_a_reader_list_a_key_and_a_summary() -> None:
    every = {*topics.KEPT, *topics.COMPACTED}
    assert set(READERS) == set(KEYS) == set(SUMMARIES) == every


@pytest.mark.parametrize("name", MESSAGES)
def test_a_messages_example_fits_its_schemas(name: str) -> None:
    message = MESSAGES[name]
    (example,) = message["examples"]
    for part in ("payload", "headers"):
        if part in message:
            schema = {**message[part], "components": DOCUMENT["components"]}
            checker = Draft202012Validator(schema, format_checker=FormatChecker())
            assert [error.message for error in checker.iter_errors(example[part])] == []


def envelope() -> Envelope:
    """With nothing in it that may be left out."""
    at = datetime(2026, 11, 22, tzinfo=UTC)
    event = TicketClosed(at=at, actor=Actor(kind="engineer", id="e"))
    return Envelope(
        id="1",
        source="/reglament/intake",
        type="TicketClosed",
        schema_version=1,
        subject="t",
        desk="d",
        at=at,
        recorded_at=at,
        sequence=1,
        data=encode(event),
        event=event,
    )


def test_the_headers_are_those_of_an_envelope() -> None:
    example = MESSAGES["TicketOpened"]["examples"][0]["headers"]
    described = DOCUMENT["components"]["schemas"]["Headers"]["properties"]
    assert set(example) <= set(described)
    required = set(DOCUMENT["components"]["schemas"]["Headers"]["required"])
    assert required <= {name for name, _ in headers(envelope())}


def test_the_document_is_the_same_at_every_call() -> None:
    assert asyncapi_document() == asyncapi_document()
