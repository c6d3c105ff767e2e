"""One child process: started in its own session, logged to its own file, stopped within a bound."""

import asyncio
import os
import pwd
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from reglament_local.errors import StackError

LAUNCHER = Path(__file__).with_name("child.py")
LOG_LIMIT = 20_000_000


def unprivileged_uid() -> int:
    """The user that root drops to: nobody, or any with a name, since initdb asks for it."""
    users = {user.pw_name: user.pw_uid for user in pwd.getpwall() if user.pw_uid}
    return users.get("nobody") or next(iter(users.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a process is started and asked to stop; `grace` seconds later it is killed.

    `uid`: whom root becomes for it; 0, or when we are not root: it runs as we do.
    """

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    uid: int = 0
    grace: float = 5.0

    def launched(self) -> tuple[str, ...]:
        """The command behind the launcher that ties the child's life to ours."""
        words = (os.getpid(), int(self.stop_signal), self.uid)
        start = (sys.executable, "-I", "-S", str(LAUNCHER))
        return (*start, *(str(word) for word in words), *self.command)


class Child:
    """A started process; only the supervisor starts and stops it."""

    def __init__(self, recipe: Recipe, log: Path) -> None:
        self.recipe = recipe
        self.log = log
        self._process: asyncio.subprocess.Process | None = None

    @property
    def name(self) -> str:
        """Of the process and of its log file."""
        return self.recipe.name

    @property
    def pid(self) -> int | None:
        """Of the process started last; it may have ended."""
        return self._process.pid if self._process else None

    @property
    def exit_code(self) -> int | None:
        """None while it runs (or was never started)."""
        return self._process.returncode if self._process else None

    async def start(self) -> None:
        """Its output is appended to the log; a log over 20 MB is moved aside first."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        output = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self.recipe.launched(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**self.recipe.environ},
                start_new_session=True,
            )
        finally:
            os.close(output)

    async def wait(self) -> int:
        """Its exit code, when it has ended."""
        if self._process is None:
            raise StackError(f"{self.name} was never started")
        return await self._process.wait()

    async def stop(self) -> None:
        """Asks, waits `grace` seconds, kills; then nothing of its process group is left."""
        if self._process is None:
            return
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                # Not Process.send_signal: its poll() would reap the child behind asyncio's back.
                os.kill(self._process.pid, self.recipe.stop_signal)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), self.recipe.grace)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()

    def last_lines(self, count: int = 12) -> str:
        """The end of its log, for an error message."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as stream:
            stream.seek(max(0, self.log.stat().st_size - 16_384))
            lines = stream.read().decode(errors="replace").splitlines()
        return "\n".join(f"  {self.name} | {line}" for line in lines[-count:])


async def run_once(recipe: Recipe, log: Path) -> None:
    """Runs to the end; StackError with the last log lines when it fails."""
    child = Child(recipe, log)
    await child.start()
    try:
        code = await child.wait()
    finally:
        await child.stop()
    if code:
        raise StackError(f"{recipe.name} failed (exit {code})\n{child.last_lines()}", f"see {log}")
