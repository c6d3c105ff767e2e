"""Which earlier version a rehearsal begins with."""

import subprocess
from pathlib import Path

import pytest

from reglament_local.errors import StackError
from reglament_local.rehearsal.releases import SOURCES, before, earlier

SQL = "services/intake/src/intake/migrations"


def git(folder: Path, *words: str) -> str:
    named = ("-c", "user.name=t", "-c", "user.email=t@t.example")
    ran = subprocess.run(
        ("git", *named, *words),  # noqa: S607 - whichever there is
        cwd=folder,
        capture_output=True,
        check=True,
        text=True,
    )
    return ran.stdout.strip()


def commit(folder: Path, file: str) -> str:
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(file)
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", file)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A first commit with everything that is unpacked."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    git(folder, "init", "-q")
    for source in SOURCES:
        (folder / source / "src").mkdir(parents=True)
        (folder / source / "src" / "code.py").write_text("")
    commit(folder, f"{SQL}/0001_first.sql")
    return folder


def test_it_is_the_commit_before_the_newest_migration(checkout: Path) -> None:
    wanted = commit(checkout, "policies/north.yaml")
    commit(checkout, f"{SQL}/0002_second.sql")
    commit(checkout, "README.md")
    assert git(checkout, "rev-parse", before(checkout)) == wanted


def test_a_release_that_was_tagged_goes_before_that(checkout: Path) -> None:
    commit(checkout, "policies/north.yaml")
    git(checkout, "tag", "v1.0.0")
    commit(checkout, f"{SQL}/0002_second.sql")
    commit(checkout, f"{SQL}/0003_third.sql")
    assert before(checkout) == "v1.0.0"


def test_a_commit_is_unpacked_as_it_was(checkout: Path, tmp_path: Path) -> None:
    first = commit(checkout, "policies/north.yaml")
    commit(checkout, f"{SQL}/0002_second.sql")
    release = earlier(tmp_path / "old", first, checkout)
    found = sorted(file.name for file in (tmp_path / "old" / SQL).iterdir())
    assert found == ["0001_first.sql"]
    assert first.startswith(release.commit)
    assert release.path.split(":")[0] == str(tmp_path / "old" / "shared" / "src")


def test_a_commit_that_is_not_here_is_told(checkout: Path, tmp_path: Path) -> None:
    with pytest.raises(StackError, match="git rev-parse"):
        earlier(tmp_path / "old", "0123456", checkout)
