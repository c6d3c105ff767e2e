"""Which backup is meant, which are too old, and that nothing is overwritten."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from reglament_local.backup import MANIFEST, carry, folders_of, remove_old
from reglament_local.erasure_list import erasures_in
from reglament_local.errors import StackError
from reglament_local.restore import chosen_backup, refuse_full_house

OLD, NEW = "20261001T120000Z", "20261123T021500Z"


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    """Two whole ones and one that was never finished."""
    for name in (OLD, NEW):
        (tmp_path / name).mkdir()
        (tmp_path / name / MANIFEST).write_text("{}")
    (tmp_path / "20261123T030000Z.part").mkdir()
    (tmp_path / "20261123T040000Z").mkdir()
    return tmp_path


def test_only_whole_backups_count_and_the_newest_is_meant(backups: Path) -> None:
    assert [folder.name for folder in folders_of(backups)] == [OLD, NEW]
    assert chosen_backup(backups, None).name == NEW
    assert chosen_backup(backups, OLD).name == OLD
    with pytest.raises(StackError, match="no such backup"):
        chosen_backup(backups, "20250101T000000Z")


def test_those_beyond_their_time_are_removed(backups: Path) -> None:
    assert remove_old(backups, datetime(2026, 11, 1, tzinfo=UTC)) == [OLD]
    assert [folder.name for folder in folders_of(backups)] == [NEW]


@pytest.mark.parametrize("server", ["postgres", "kafka"])
def test_a_system_that_is_there_is_never_overwritten(tmp_path: Path, server: str) -> None:
    refuse_full_house(tmp_path)
    (tmp_path / server).mkdir()
    with pytest.raises(StackError, match="holds a system already"):
        refuse_full_house(tmp_path)


def test_secrets_and_roots_are_carried_and_readable_by_their_owner_alone(tmp_path: Path) -> None:
    source, target = tmp_path / "run", tmp_path / "backup"
    (source / "roots").mkdir(parents=True)
    (source / "roots" / "day").write_text("root")
    (source / "secrets.json").write_text("{}")
    target.mkdir()
    carry(source, target)
    assert (target / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert (target / "roots" / "day").read_text() == "root"


def test_without_a_list_nobody_was_erased(tmp_path: Path) -> None:
    assert erasures_in(tmp_path) == []
