"""A full disk stops a start before anything is written."""

from pathlib import Path

import pytest

from reglament_local.disk import free_bytes, refuse_full
from reglament_local.errors import StackError


def test_too_little_space_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="GB are needed") as caught:
        refuse_full(tmp_path, needed=free_bytes(tmp_path) + 10**12)
    assert "REGLAMENT_RUN" in caught.value.remedy


def test_enough_space_passes(tmp_path: Path) -> None:
    refuse_full(tmp_path, needed=1)
