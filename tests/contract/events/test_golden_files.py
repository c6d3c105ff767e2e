"""Yesterday's events still load: a golden file of each version of each event, never edited."""

import re
from pathlib import Path

import msgspec
import pytest

from reglament.events import codec
from reglament.events.registry import EventType, all_types, by_name
from tests.contract.events.samples import FOLDER, golden_file

FILES = sorted(FOLDER.glob("*.json"))
NAME = re.compile(r"(?P<name>\w+)\.v(?P<version>\d+)")


def _read(file: Path) -> tuple[str, int, bytes]:
    found = NAME.fullmatch(file.stem)
    assert found, f"{file.name} is not <Type>.v<N>.json"
    return found["name"], int(found["version"]), file.read_bytes()


@pytest.mark.parametrize("entry", all_types(), ids=lambda entry: entry.name)
def test_every_version_of_an_event_has_its_golden_file(entry: EventType) -> None:
    missing = [
        golden_file(entry.name, version).name
        for version in range(1, entry.version + 1)
        if not golden_file(entry.name, version).exists()
    ]
    assert not missing, "run `python -m tests.contract.events.samples`"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_stored_event_loads_in_its_newest_class(file: Path) -> None:
    name, version, data = _read(file)
    entry = by_name(name)
    assert entry, f"{name} is gone: events are never forgotten"
    assert isinstance(codec.decode(name, version, data), entry.cls)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_is_written_today_is_what_was_written_then(file: Path) -> None:
    name, version, data = _read(file)
    entry = by_name(name)
    assert entry
    if version != entry.version:
        return
    written = msgspec.json.decode(codec.encode(codec.decode(name, version, data)))
    assert written == msgspec.json.decode(data)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_field_of_a_later_release_does_no_harm(file: Path) -> None:
    name, version, data = _read(file)
    later = msgspec.json.encode({**msgspec.json.decode(data), "of_a_later_release": 1})
    assert codec.decode(name, version, later) == codec.decode(name, version, data)
