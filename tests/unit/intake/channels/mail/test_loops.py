"""A mailbox's password, wherever it is kept, as it is now."""

from pathlib import Path

import pytest

from intake.channels.mail.loops import password_of


def test_a_password_that_comes_while_we_run_is_found(tmp_path: Path) -> None:
    assert password_of("NEW_MAILBOX", tmp_path) == ""
    (tmp_path / "NEW_MAILBOX").write_text("späť heslo\n", encoding="utf-8")
    assert password_of("NEW_MAILBOX", tmp_path) == "späť heslo"


def test_the_environment_says_it_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "OLD_MAILBOX").write_text("of the file", encoding="utf-8")
    monkeypatch.setenv("OLD_MAILBOX", "of the variable")
    assert password_of("OLD_MAILBOX", tmp_path) == "of the variable"
    assert password_of("OLD_MAILBOX", None) == "of the variable"


@pytest.mark.parametrize("name", ["../outside", "/etc/hostname", "", "."])
def test_nothing_outside_of_the_folder_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "outside").write_text("not yours", encoding="utf-8")
    folder = tmp_path / "secrets"
    folder.mkdir()
    assert password_of(name, folder) == ""
