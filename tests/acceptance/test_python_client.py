"""The generated Python client: built, installed, and used against the running system."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reglament_local.demo.system import System
from reglament_local.places import CHECKOUT

pytestmark = pytest.mark.acceptance

CLIENT = CHECKOUT / "clients" / "python"


def done(*command: str, **environ: str) -> str:
    """What it says; AssertionError where it fails."""
    ended = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
        env=os.environ | environ,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the client's wheel is installed."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("target")
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(CLIENT / name, source)
    done(sys.executable, str(CLIENT / "generate.py"), str(source))
    pip = (sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check")
    done(*pip, "--no-deps", "--target", str(target), str(source))
    return target


def test_the_generated_client_opens_follows_escalates_and_answers(
    site: System, installed: Path
) -> None:
    keys = [site.key("remsys", role) for role in ("integrator", "agent")]
    example = str(CLIENT / "example.py")
    said = done(sys.executable, example, site.ready["front"], *keys, PYTHONPATH=str(installed))
    number, *rest = said.split()
    assert number.startswith("REM-")
    assert rest == ["resolved", "200", "200", "404"]
