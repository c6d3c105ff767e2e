"""A stack of its own for a test session, as a subprocess with its own ports and folder."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from reglament_local.ports import free_ports
from reglament_local.processes import LAUNCHER


@contextmanager
def running(
    run: Path, arguments: tuple[str, ...], answer: str, environ: Mapping[str, str] | None = None
) -> Iterator[dict[str, Any]]:
    """`python -m reglament_local ARGUMENTS` until its JSON file `answer` is there; stopped after.

    The stack gets SIGTERM at the end and must be gone within 20 s.
    """
    environment = os.environ | free_ports() | {"REGLAMENT_RUN": str(run), "REGLAMENT_DURABLE": "0"}
    environment |= environ or {}
    run.mkdir(parents=True, exist_ok=True)
    output = run / "stack.out"
    # A pytest that is killed takes its servers with it.
    tied = (sys.executable, str(LAUNCHER), str(os.getpid()), str(int(signal.SIGTERM)), "0")
    with output.open("w") as stream:
        process = subprocess.Popen(
            (*tied, sys.executable, "-m", "reglament_local", *arguments),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        with process:
            try:
                _await_file(process, run / answer, output)
                yield json.loads((run / answer).read_text())
            finally:
                process.terminate()
                process.wait(timeout=20)


def environ_of(ready_file: Path) -> dict[str, str]:
    """The environment in which `python -m reglament_local COMMAND` means the stack that runs there.

    ready_file: the ready.json of that stack, in its folder.
    """
    ready = json.loads(ready_file.read_text())
    named = {
        "REGLAMENT_FRONT_PORT": ready["front"],
        "REGLAMENT_KAFKA_PORT": ready["kafka"],
        "REGLAMENT_SMTP_PORT": ready["smtp"],
        "REGLAMENT_IMAP_PORT": ready["imap"],
        "REGLAMENT_MAIL_API_PORT": ready["mail_api"],
        "REGLAMENT_POSTGRES_PORT": ready["postgres"].rpartition("/")[0],
        **{f"{name.upper()}_PORT": ready[name] for name in ready["databases"]},
    }
    ports = {name: address.rpartition(":")[2] for name, address in named.items()}
    return os.environ | ports | {"REGLAMENT_RUN": str(ready_file.parent)}


def left_of(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run; one that only waits to be reaped by init does not."""
    return [process for process in processes if _runs(process)]


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _await_file(process: "subprocess.Popen[bytes]", file: Path, output: Path) -> None:
    bound = time.monotonic() + 240
    while not file.exists():
        if process.poll() is not None or time.monotonic() > bound:
            raise AssertionError(f"the stack did not come up:\n{output.read_text()}")
        time.sleep(0.05)
