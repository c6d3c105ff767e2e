"""Every story of the demo ends as it should, and every projection can be rebuilt after them."""

import subprocess
import sys
from pathlib import Path

import pytest

from reglament_local.demo.__main__ import STORIES, Story
from reglament_local.demo.system import System

pytestmark = pytest.mark.acceptance

SERVICES = ("intake", "sla-clock", "escalation", "notifier")


@pytest.mark.parametrize("story", [pytest.param(each, id=each.__name__) for each in STORIES])
async def test_a_story_ends_as_it_should(site: System, story: Story) -> None:
    await story(site)


def test_every_projection_is_built_anew_and_comes_out_equal(ready_file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reglament.cli", "rebuild", "all", "--ready", str(ready_file)],
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
    )
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(any(line.startswith(f"{service}.") for line in lines) for service in SERVICES)
    assert all(line.endswith("equal, swapped") for line in lines), done.stdout
