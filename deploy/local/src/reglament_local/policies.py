"""The desks' policy files, as much of them as the local stack needs."""

from dataclasses import dataclass
from pathlib import Path

from reglament.errors import Refused
from reglament.policy.loader import load
from reglament_local.errors import StackError


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFile:
    """A desk's name, the file's bytes, and the variable with its mailbox's password, if any."""

    desk: str
    text: bytes
    mailbox_secret: str | None


def policy_files(folder: Path) -> list[PolicyFile]:
    """All *.yaml of the folder. Raises StackError naming the file that is no policy."""
    return [_read(file) for file in sorted(folder.glob("*.yaml"))]


def _read(file: Path) -> PolicyFile:
    text = file.read_bytes()
    try:
        policy = load(text)
    except Refused as refused:
        raise StackError(f"{file} is no policy: {refused}", "mend the file") from refused
    secret = policy.mailbox.secret if policy.mailbox else None
    return PolicyFile(desk=policy.desk, text=text, mailbox_secret=secret)
