"""What code makes, against what lies in a checkout."""

from pathlib import Path

from reglament.contract.generated import differing, files_in, write

TEXTS = {"made/one.yaml": "1\n", "made/deep/two.yaml": "2\n"}


def test_what_is_written_differs_no_more_until_somebody_edits_it(tmp_path: Path) -> None:
    assert write(tmp_path, TEXTS) == differing(tmp_path / "elsewhere", TEXTS) == sorted(TEXTS)
    assert write(tmp_path, TEXTS) == []
    (tmp_path / "made/one.yaml").write_text("3\n")
    assert differing(tmp_path, TEXTS) == ["made/one.yaml"]


def test_a_file_that_no_code_makes_goes_where_code_makes_all(tmp_path: Path) -> None:
    write(tmp_path, TEXTS)
    (tmp_path / "made/old.yaml").write_text("")
    assert differing(tmp_path, TEXTS) == []
    assert write(tmp_path, TEXTS, files_in(tmp_path, "made", "*.yaml")) == ["made/old.yaml"]
    assert sorted(files_in(tmp_path, "made")) == sorted(TEXTS)
