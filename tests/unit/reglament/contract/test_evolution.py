"""Every way in which a schema breaks its readers is refused, and says by which rule."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from reglament.contract.evolution import breaks
from reglament.contract.schemas import event_schema
from reglament.events.registry import by_name

Change = Callable[[dict[str, Any]], object]


def schema(name: str = "MessageAdded") -> dict[str, Any]:
    entry = by_name(name)
    assert entry is not None
    return event_schema(entry)


def changed(change: Change, name: str = "MessageAdded") -> list[tuple[str, str]]:
    """The breaks between the event as it is and as the change makes it."""
    new = copy.deepcopy(schema(name))
    change(new)
    return [(each.rule, each.path) for each in breaks(name, schema(name), new)]


def renamed(new: dict[str, Any]) -> None:
    new["properties"]["note_id"] = new["properties"].pop("message_id")


BREAKS: list[tuple[str, str, Change]] = [
    ("field-removed-or-renamed", ".message_id", lambda new: new["properties"].pop("message_id")),
    ("field-removed-or-renamed", ".message_id", renamed),
    (
        "field-retyped",
        ".message",
        lambda new: new["properties"].update(message={"type": "integer"}),
    ),
    (
        "field-retyped",
        ".message",
        lambda new: new["properties"].update(
            message={"anyOf": [{"type": "string"}, {"type": "null"}]}
        ),
    ),
    ("field-retyped", ".at", lambda new: new["properties"]["at"].update(format="date")),
    ("field-newly-required", ".automatic", lambda new: new["required"].append("automatic")),
    (
        "field-newly-required",
        ".urgent",
        lambda new: (
            new["properties"].update(urgent={"type": "boolean"}),
            new["required"].append("urgent"),
        ),
    ),
    ("field-became-optional", ".message", lambda new: new["required"].remove("message")),
    ("value-added", ".channel", lambda new: new["properties"]["channel"]["enum"].append("telex")),
    ("value-removed", ".channel", lambda new: new["properties"]["channel"]["enum"].remove("fax")),
    (
        "default-changed",
        ".automatic",
        lambda new: new["properties"]["automatic"].update(default=True),
    ),
    (
        "field-removed-or-renamed",
        ".actor.rule",
        lambda new: new["$defs"]["Actor"]["properties"].pop("rule"),
    ),
    (
        "field-retyped",
        ".attachments[].size",
        lambda new: new["$defs"]["AttachmentRef"]["properties"].update(size={"type": "string"}),
    ),
]


@pytest.mark.parametrize(
    ("rule", "path", "change"),
    BREAKS,
    ids=[f"{number}-{rule}" for number, (rule, _, _) in enumerate(BREAKS)],
)
def test_a_change_that_breaks_a_reader_is_refused(rule: str, path: str, change: Change) -> None:
    assert changed(change) == [(rule, path)]


def test_an_optional_field_may_be_added() -> None:
    added = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
    assert changed(lambda new: new["properties"].update(mood=added)) == []


def test_other_words_for_the_same_thing_are_no_change() -> None:
    assert changed(lambda new: new.update(title="other", description="other")) == []


def test_a_break_is_said_in_one_line() -> None:
    new = copy.deepcopy(schema())
    new["properties"]["channel"]["enum"].append("telex")
    (found,) = breaks("MessageAdded.v1", schema(), new)
    assert str(found) == "MessageAdded.v1.channel: value-added (telex)"
