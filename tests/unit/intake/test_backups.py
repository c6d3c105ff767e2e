"""The age of the newest backup that is whole."""

import math
from datetime import UTC, datetime
from pathlib import Path

from intake.backups import newest_age

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def backup(folder: Path, name: str, manifest: str) -> None:
    (folder / name).mkdir()
    (folder / name / "manifest.json").write_text(manifest)


def test_the_newest_of_several_counts(tmp_path: Path) -> None:
    backup(tmp_path, "20261121T090000Z", '{"at": "2026-11-21T09:00:00Z", "services": {}}')
    backup(tmp_path, "20261123T080000Z", '{"at": "2026-11-23T08:00:00Z", "services": {}}')
    assert newest_age(tmp_path, NOW) == 3600


def test_one_that_is_not_whole_is_none(tmp_path: Path) -> None:
    (tmp_path / "20261123T080000Z.part").mkdir()
    backup(tmp_path, "20261123T083000Z", '{"at": ')
    assert newest_age(tmp_path, NOW) == math.inf


def test_where_there_is_no_folder_there_is_no_backup(tmp_path: Path) -> None:
    assert newest_age(tmp_path / "gone", NOW) == math.inf
