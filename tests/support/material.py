"""Cases that lie beside the repository (../shared, or REGLAMENT_SHARED), never copied into it."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("REGLAMENT_SHARED") or ROOT.parent / "shared")


def material(*parts: str) -> Path:
    """A file or folder of the shared material; a clone without it skips the module that asks."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{path} is not here", allow_module_level=True)
    return path
