"""`python -m reglament_local rebuild`: every projection of the four services, from Kafka again."""

import subprocess
import sys
from collections.abc import Mapping

from reglament_local.console import say

TIMEOUT_SECONDS = 240


def rebuild_all(environments: Mapping[str, Mapping[str, str]]) -> int:
    """0: every projection came out as it was. environments: import name -> its environment."""
    worst = 0
    for module, environment in environments.items():
        done = subprocess.run(  # noqa: S603 - our own modules
            [sys.executable, "-m", module, "rebuild"],
            env=dict(environment),
            check=False,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
        )
        say(f"{module}\n{done.stdout.rstrip() or done.stderr[-2000:]}")
        worst = max(worst, done.returncode)
    return worst
