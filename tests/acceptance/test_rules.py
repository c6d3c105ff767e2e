"""The mutation run itself, at its smallest (`make rules-mutations`)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.acceptance


def mutated(ready_file: Path, *rules: str) -> subprocess.CompletedProcess[str]:
    """`make rules-mutations RULES=…` on this system."""
    environ = {name: value for name, value in os.environ.items() if "XDIST" not in name}
    return subprocess.run(
        [sys.executable, "-m", "tests.acceptance.rules", "mutations", *rules],
        env=environ | {"REGLAMENT_READY": str(ready_file), "WORKERS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_rules_test_fails_once_its_key_is_taken_out(ready_file: Path) -> None:
    done = mutated(ready_file, "EIL-07")
    assert done.returncode == 0, done.stdout + done.stderr
    said = [line for line in done.stdout.splitlines() if line.startswith("EIL-07")]
    assert [line.split()[1] for line in said] == ["killed"]
    assert "1 of 1 mutations killed, 0 rules without any" in done.stdout
