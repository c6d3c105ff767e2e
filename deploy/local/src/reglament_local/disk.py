"""Refuses early where the disk would run full half-way."""

import shutil
from pathlib import Path

from reglament_local.errors import StackError

NEEDED_BYTES = 1_000_000_000


def free_bytes(folder: Path) -> int:
    """Free space of the file system that holds `folder`."""
    return shutil.disk_usage(folder).free


def refuse_full(folder: Path, needed: int = NEEDED_BYTES) -> None:
    """Raises StackError when less than `needed` bytes are free."""
    free = free_bytes(folder)
    if free < needed:
        raise StackError(
            f"{free / 1e9:.1f} GB free at {folder}, {needed / 1e9:.1f} GB are needed",
            "free some space (make clean-run forgets this stack's data), or set REGLAMENT_RUN"
            " to a folder on a larger disk",
        )
