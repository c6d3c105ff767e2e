"""A jar counts only with the committed sum."""

import hashlib
from pathlib import Path

from reglament_local.jars import GREENMAIL, KAFKA, faults_in, sums_of
from reglament_local.places import SUMS


def test_every_set_has_committed_sums() -> None:
    assert len(sums_of(KAFKA.name, SUMS)) == 46
    assert list(sums_of(GREENMAIL.name, SUMS)) == ["greenmail-standalone-2.1.13.jar"]


def test_missing_cut_and_changed_jars_are_faults(tmp_path: Path) -> None:
    whole = b"a whole jar"
    digest = hashlib.sha256(whole).hexdigest()
    contents = {"whole.jar": whole, "cut.jar": whole[:5], "changed.jar": b"another jar"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    wanted = dict.fromkeys((*contents, "missing.jar"), digest)
    faults = {path.name for path in faults_in(tmp_path, wanted)}
    assert faults == {"cut.jar", "changed.jar", "missing.jar"}
