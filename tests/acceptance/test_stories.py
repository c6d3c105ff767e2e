"""Every story of the demo ends as it should, and every projection can be rebuilt after them."""

import subprocess
import sys
from pathlib import Path

import pytest

from reglament_local.demo.__main__ import STORIES, Story
from reglament_local.demo.system import System
from tests.support.processes import environ_of

pytestmark = pytest.mark.acceptance

SERVICES = ("intake", "sla_clock", "escalation", "notifier")


@pytest.mark.parametrize("story", [pytest.param(each, id=each.__name__) for each in STORIES])
async def test_a_story_ends_as_it_should(site: System, story: Story) -> None:
    await story(site)


def test_every_projection_rebuilt_from_kafka_comes_out_equal(ready_file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reglament_local", "rebuild"],
        env=environ_of(ready_file),
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(f"{service}\n" in done.stdout for service in SERVICES), done.stdout
    assert "DIFFERENT" not in done.stdout, done.stdout
