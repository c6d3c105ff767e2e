"""The proofs of sla-clock at their smallest: what `make proof-timers` and `make bench-clocks` run.

With so few the figures say nothing; that all fire once, under kills too, they do.
"""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.stack import Databases

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[3]


async def proven(postgres: Databases, folder: Path, *command: str) -> str:
    """What it printed; it must end with 0."""
    servers = folder / "servers.json"
    servers.write_text(json.dumps({"postgres": postgres.admin}), encoding="utf-8")
    environment = {**os.environ, "REGLAMENT_SERVERS": str(servers), "PYTHONPATH": str(ROOT)}
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def test_clocks_due_at_once_fire_once_each_though_the_process_is_killed(
    postgres: Databases, tmp_path: Path
) -> None:
    few = ("--open", "2000", "--due", "200", "--kills", "2", "--lead", "12")
    told = await proven(postgres, tmp_path, "bench.timers", *few)
    assert "'amid_firing': 2" in told


async def test_a_simulation_is_measured_against_reading(
    postgres: Databases, tmp_path: Path
) -> None:
    told = await proven(postgres, tmp_path, "bench.simulation", "--tickets", "2000")
    assert "simulation (done)" in told
    kept = json.loads((tmp_path / ".run/bench.json").read_text(encoding="utf-8"))["simulation"]
    assert (kept["tickets"], kept["differing_clocks"]) == (2000, 3600)
