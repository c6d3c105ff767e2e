"""The proof of letters in a small setting: the large one is typed by hand (docs/adr/0009)."""

import subprocess
import sys

import pytest

from tests.support.material import material

pytestmark = pytest.mark.integration


def test_every_letter_has_one_outcome_whatever_it_is_and_whatever_is_killed() -> None:
    small = ("--mutated", "100", "--whole", "10", "--burst", "40", "--kills", "1")
    cases = str(material("cases", "mail"))
    command = (sys.executable, "-m", "reglament_local.proofs.letters", cases, *small)
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "canary heard 0; 0 other than their manifest" in done.stdout
    assert "'letters': 40, 'different': 40, 'tickets': 40" in done.stdout
