"""Today's schemas against those of every release: only optional fields are ever added."""

import json
from pathlib import Path
from typing import Any

import pytest

from reglament.contract.evolution import Break, breaks
from reglament.contract.schemas import event_schema
from reglament.events.registry import by_name
from reglament.events.upcasters import _UPCASTERS
from tests.contract.record import RELEASED

FILES = sorted(RELEASED.glob("v*/*.schema.json"))


def told(file: Path) -> tuple[str, int, dict[str, Any]]:
    """`<Name>.v<N>.schema.json`."""
    name, version, *_ = file.name.split(".")
    return name, int(version.removeprefix("v")), json.loads(file.read_text("utf-8"))


def found(file: Path) -> list[Break]:
    """What is broken since."""
    name, version, released = told(file)
    entry = by_name(name)
    if entry is None:
        return [Break(rule="event-removed", event=name)]
    if entry.version == version:
        current = json.loads(json.dumps(event_schema(entry)))
        return breaks(f"{name}.v{version}", released, current)
    missing = [step for step in range(version, entry.version) if (name, step) not in _UPCASTERS]
    return [Break(rule="no-upcaster", event=f"{name}.v{step}") for step in missing]


def test_there_is_a_release_to_hold_on_to() -> None:
    assert len(FILES) > 40


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_nothing_that_was_released_is_broken(file: Path) -> None:
    assert [str(each) for each in found(file)] == []
