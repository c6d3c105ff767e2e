"""A process that is started again whenever it ends, as an orchestrator would; and what harms it."""

import asyncio
import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from reglament_local.chaos.waiting import until
from reglament_local.parts import Part
from reglament_local.processes import Child

SHORTEST_LIFE_SECONDS = 1.0
# Eight services start at once, perhaps beside other work.
READY_SECONDS = 180.0


class Resident:
    """One process of the house. `ends`: exit code and moment of each end (time.monotonic)."""

    def __init__(self, part: Part, logs: Path) -> None:
        self.part, self.logs = part, logs
        self.launches = 0
        self.launched_at = 0.0
        self.ends: list[tuple[int, float]] = []
        self.child = Child(part.recipe, self._log)
        self._once: Mapping[str, str] = {}
        self._may_run = asyncio.Event()
        self._may_run.set()
        self._keeper: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """Of the process, and of its log."""
        return self.part.recipe.name

    @property
    def _log(self) -> Path:
        return self.logs / f"{self.name}.log"

    @property
    def is_up(self) -> bool:
        """Whether its process exists; it may be frozen or not ready yet."""
        return self.child.pid is not None and self.child.exit_code is None

    async def start(self) -> None:
        """Prepare, start, wait until it is ready, settle; from then on it is kept running."""
        await self.part.prepare()
        self._keeper = asyncio.create_task(self._keep())
        await self.ready(READY_SECONDS)
        await self.part.settle()

    async def ready(self, within: float) -> None:
        """Wait until it answers. Raises TimeoutError."""
        await until(self._answers, within, f"{self.name} is not ready")

    async def _answers(self) -> bool:
        return self.is_up and await self.part.is_ready()

    async def _keep(self) -> None:
        while True:
            await self._may_run.wait()
            recipe = replace(self.part.recipe, environ={**self.part.recipe.environ, **self._once})
            self._once = {}
            self.child = Child(recipe, self._log)
            self.launched_at = time.monotonic()
            await self.child.start()
            self.launches += 1
            code = await self.child.wait()
            self.ends.append((code, time.monotonic()))
            if time.monotonic() - self.launched_at < SHORTEST_LIFE_SECONDS:
                await asyncio.sleep(SHORTEST_LIFE_SECONDS)

    def signal(self, number: signal.Signals) -> None:
        """Send it; a process that has just ended does not mind."""
        if self.is_up and self.child.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.child.pid, number)

    def hold(self) -> None:
        """When it ends next, it is not started again before `release`."""
        self._may_run.clear()

    def release(self, environ: Mapping[str, str] | None = None) -> None:
        """It may be started again; `environ`: for the next start alone."""
        self._once = environ or {}
        self._may_run.set()

    async def ended(self, within: float, since: int) -> bool:
        """Whether it has ended more than `since` times, at the latest after `within` seconds."""

        async def has() -> bool:
            return len(self.ends) > since

        with suppress(TimeoutError):
            await until(has, within, "")
        return len(self.ends) > since

    async def again(self, since: int, within: float = 30.0) -> float:
        """Wait until it was launched more than `since` times; the moment of the last launch."""

        async def has() -> bool:
            return self.launches > since

        await until(has, within, f"{self.name} was not started again")
        return self.launched_at

    async def stop(self) -> tuple[int | None, float]:
        """For good: thaw, ask, kill after its grace; the exit code and the seconds it took."""
        if self._keeper is not None:
            self._keeper.cancel()
        was_up, began = self.is_up, time.monotonic()
        self.signal(signal.SIGCONT)
        await self.child.stop()
        return (self.child.exit_code if was_up else None), time.monotonic() - began
