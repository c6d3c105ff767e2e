"""No process outlives the stack, even one that is killed without a word."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from reglament_local.processes import LAUNCHER
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration

PARENT = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, sys.argv[1], str(os.getpid()), "15", "0", "sleep", "600"])
print(child.pid, flush=True)
child.wait()
"""


async def test_a_child_gets_its_signal_when_its_parent_is_killed() -> None:
    command = (sys.executable, "-c", PARENT, str(LAUNCHER))
    with subprocess.Popen(  # noqa: ASYNC220 its death is what is looked at
        command, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))

        async def is_sleeping() -> bool:
            return "sleep" in child.cmdline()[:1]

        await eventually(is_sleeping)
        parent.send_signal(signal.SIGKILL)

        async def is_gone() -> bool:
            return not child.is_running() or child.status() == psutil.STATUS_ZOMBIE

        await eventually(is_gone)


def test_a_child_whose_parent_is_already_gone_does_not_start() -> None:
    words = (sys.executable, str(LAUNCHER), "1", "15", "0", "echo", "started")
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "started" not in done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a uid to drop")
def test_root_drops_to_the_uid_and_still_reaches_a_folder_that_only_root_may_enter(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o700)
    file = tmp_path / "file"
    file.write_text("reached")
    file.chmod(0o600)
    words = (sys.executable, str(LAUNCHER), str(os.getpid()), "15", "65534")
    # `test -r` asks access(2), as initdb does.
    script = f"id -u; cat {file}; test -r {file} && echo ' granted'"
    done = subprocess.run((*words, "sh", "-c", script), capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["65534", "reached", "granted"]
