"""The two versions of a rehearsal: the sources that lie here, and those of an earlier commit."""

import io
import os
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from reglament_local.errors import StackError
from reglament_local.places import CHECKOUT
from reglament_local.secrets_file import DATABASES

MIGRATIONS = ":(glob)**/migrations/*.sql"
SOURCES = ("shared", *(f"services/{name.replace('_', '-')}" for name in DATABASES))
POLICIES = "policies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One version of the services. folder: its checkout; commit: as people say it."""

    commit: str
    folder: Path

    @property
    def path(self) -> str:
        """PYTHONPATH, before the packages that are installed: those are of the newest sources."""
        return os.pathsep.join(str(self.folder / source / "src") for source in SOURCES)


def todays(checkout: Path = CHECKOUT) -> Release:
    """The sources that lie here, committed or not."""
    return Release(commit=_git(checkout, "describe", "--always", "--dirty"), folder=checkout)


def earlier(folder: Path, commit: str, checkout: Path = CHECKOUT) -> Release:
    """That commit's services and policies, unpacked into `folder`. "": what `before` says.

    Raises StackError for a commit that this clone does not have.
    """
    name = _git(checkout, "rev-parse", "--short", f"{commit or before(checkout)}^{{commit}}")
    # deploy/ and tests/ stay today's: they are the rehearsal, not what is rehearsed.
    packed = _run(checkout, "archive", name, *SOURCES, POLICIES)
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return Release(commit=name, folder=folder)


def before(checkout: Path = CHECKOUT) -> str:
    """The newest release tag before today's commit; without one, the commit before the newest
    migration: the last version whose tables were others.
    """
    tags = _git(checkout, "tag", "--merged", "HEAD^", "--sort=-creatordate", "--list", "v*")
    if tags:
        return tags.splitlines()[0]
    newest = _git(checkout, "log", "-1", "--format=%H", "--", MIGRATIONS)
    return f"{newest}^"


def _git(checkout: Path, *words: str) -> str:
    return _run(checkout, *words).decode().strip()


def _run(checkout: Path, *words: str) -> bytes:
    ran = subprocess.run(  # noqa: S603 - a commit that the caller names
        ("git", *words),  # noqa: S607 - whichever there is
        cwd=checkout,
        capture_output=True,
        check=False,
    )
    if ran.returncode:
        raise StackError(
            f"git {words[0]}: {ran.stderr.decode(errors='replace').strip()}",
            "a rehearsal needs the history: a whole clone, and --from a commit of it",
        )
    return ran.stdout
