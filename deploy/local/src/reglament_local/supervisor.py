"""Starts parts in layers, watches them, stops them in reverse; leaves no process behind."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from reglament_local.console import Steps, say
from reglament_local.errors import StackError
from reglament_local.parts import Part
from reglament_local.processes import Child

POLL_SECONDS = 0.1


class Supervisor:
    """The running children by layer: a layer starts together, and stops together."""

    def __init__(self, logs: Path, steps: Steps) -> None:
        self._logs = logs
        self._steps = steps
        self._layers: list[list[Child]] = []

    async def start(self, parts: Sequence[Part]) -> None:
        """Starts all parts of one layer and waits for each, a numbered step a part.

        Raises StackError when one dies or is not ready within its bound.
        """
        layer: list[Child] = []
        self._layers.append(layer)
        starts = [asyncio.create_task(self._prepare_and_start(part, layer)) for part in parts]
        try:
            for part, start in zip(parts, starts, strict=True):
                with self._steps.step(part.title):
                    child = await start
                    await self._until_ready(part, child)
                    await part.settle()
        finally:
            for start in starts:
                start.cancel()
            await asyncio.gather(*starts, return_exceptions=True)

    async def _prepare_and_start(self, part: Part, layer: list[Child]) -> Child:
        await part.prepare()
        child = Child(part.recipe, self._logs / f"{part.recipe.name}.log")
        layer.append(child)
        await child.start()
        return child

    async def _until_ready(self, part: Part, child: Child) -> None:
        bound = time.monotonic() + part.within
        while not await part.is_ready():
            if time.monotonic() > bound:
                raise StackError(
                    f"{child.name} is not ready after {part.within:.0f} s\n{child.last_lines()}",
                    f"see {child.log}",
                )
            self._refuse_dead()
            await asyncio.sleep(POLL_SECONDS)
        # What answered could be another process on the same port.
        self._refuse_dead()

    def _refuse_dead(self) -> None:
        for child in self._children():
            if child.exit_code is not None:
                raise _death(child)

    def _children(self) -> list[Child]:
        return [child for layer in self._layers for child in layer]

    async def watch(self) -> None:
        """Returns never by itself: raises StackError when any child has ended."""
        waits = {asyncio.create_task(child.wait()): child for child in self._children()}
        try:
            ended, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        raise _death(waits[next(iter(ended))])

    async def stop(self) -> None:
        """Stops the layers in reverse; each child within its own grace."""
        while self._layers:
            layer = self._layers.pop()
            await asyncio.gather(*(child.stop() for child in layer))


def _death(child: Child) -> StackError:
    code = child.exit_code
    return StackError(f"{child.name} ended (exit {code})\n{child.last_lines()}", f"see {child.log}")


@asynccontextmanager
async def supervised(logs: Path, steps: Steps) -> AsyncIterator[Supervisor]:
    """A supervisor whose children are all gone when the block is left, however it is left."""
    supervisor = Supervisor(logs, steps)
    try:
        yield supervisor
    finally:
        await asyncio.shield(supervisor.stop())


def cancel_on_signals() -> None:
    """SIGTERM and SIGINT cancel the running task once; later ones are ignored while stopping."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    is_stopping = False

    def stop() -> None:
        nonlocal is_stopping
        if task is not None and not is_stopping:
            is_stopping = True
            task.cancel()
            say("\nstopping ...")

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # What the caller ignores (nohup) stays ignored.
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, stop)
