"""The proofs that are commands, in a small setting: the large one is typed by hand."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.integration


def test_a_history_of_thousands_is_rebuilt_while_it_is_read_and_written() -> None:
    command = (sys.executable, "-m", "reglament_local.proofs.rebuild", "--events", "6000")
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "hash equal" in done.stdout
    assert "failed 0" in done.stdout
