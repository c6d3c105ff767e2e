"""Tried in a process of its own: the tests' own collector stays as it is."""

import subprocess
import sys

ASKED = """
import gc
from reglament.collecting import YOUNG, collect_seldom
circle = []
collect_seldom()
print(gc.get_threshold()[0] == YOUNG, gc.get_freeze_count() > 0, gc.isenabled())
"""


def test_a_process_looks_for_circles_seldom_and_not_among_what_it_began_with() -> None:
    command = [sys.executable, "-c", ASKED]
    told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert told.stdout.split() == ["True", "True", "True"]
