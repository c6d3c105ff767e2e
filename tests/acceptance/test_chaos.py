"""Twenty random faults under load: nothing lost, nothing doubled, nothing hangs."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.acceptance

# A seed with every kind of fault but one; `make chaos ROUNDS=20 SEED=28` repeats it.
COMMAND = (sys.executable, "-m", "reglament_local.chaos", "--rounds", "20", "--seed", "28")
BOUND_SECONDS = 840


@pytest.mark.timeout(BOUND_SECONDS + 60)
def test_twenty_rounds_of_faults_lose_nothing_and_double_nothing() -> None:
    done = subprocess.run(
        COMMAND, check=False, capture_output=True, text=True, timeout=BOUND_SECONDS
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert done.stdout.startswith("chaos: seed 28 rounds 20 "), done.stdout
    assert " lost 0 doubled 0 order 0 numbers 0 clocks 0 " in done.stdout
