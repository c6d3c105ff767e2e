"""Servers and one service of a proof's own, in a folder of its own, on free ports."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from reglament_local.errors import StackError
from reglament_local.ports import free_port, free_ports
from reglament_local.processes import LAUNCHER

KEY = "proof-admin-key"
PATIENCE_SECONDS = 120.0


@contextlib.contextmanager
def process(command: list[str], environ: Mapping[str, str], log: Path) -> Iterator[Any]:
    """It runs inside the block, gets SIGTERM at its end, and dies with us."""
    tied = [sys.executable, str(LAUNCHER), str(os.getpid()), "15", "0", *command]
    with log.open("wb") as output:
        child = subprocess.Popen(  # noqa: S603 - our own modules
            tied, env=dict(environ), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        with child:
            try:
                yield child
            finally:
                child.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(20)
                child.kill()


@contextlib.contextmanager
def servers(names: str) -> Iterator[tuple[dict[str, Any], Path]]:
    """servers.json of `names` (by comma), and the folder, which is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="reglament-proof-") as name:
        folder = Path(name)
        environ = {**os.environ, **free_ports(), "REGLAMENT_RUN": str(folder / "run")}
        command = [sys.executable, "-m", "reglament_local", "servers", "--only", names]
        with process(command, environ, folder / "servers.log") as child:
            file = folder / "run" / "servers.json"
            await_that(file.exists, child, folder / "servers.log")
            yield json.loads(file.read_text()), folder


@contextlib.contextmanager
def service(module: str, environ: Mapping[str, str], folder: Path) -> Iterator[str]:
    """The base URL of a service that answers; `environ` without its prefix."""
    prefix, port = f"{module.upper()}_", str(free_port())
    own = {f"{prefix}{name}": value for name, value in environ.items()}
    own |= {f"{prefix}PORT": port, f"{prefix}SECRET": "s" * 32, f"{prefix}ADMIN_KEY": KEY}
    log = folder / f"{module}.log"
    with process([sys.executable, "-m", module], {**os.environ, **own}, log) as child:
        url = f"http://127.0.0.1:{port}"
        await_that(lambda: _answers(f"{url}/readyz"), child, log)
        yield url


def await_that(is_so: Any, child: Any, log: Path) -> None:
    """Raises StackError with the log's end, when the process ends or it takes too long."""
    bound = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        if child.poll() is not None or time.monotonic() > bound:
            raise StackError(f"it did not come up:\n{log.read_text()[-2000:]}", "see above")
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310 - loopback
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
