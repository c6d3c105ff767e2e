"""A trial of the whole system as a command: a folder of its own, what came of it, the exit code."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from reglament_local.console import say, say_aside
from reglament_local.errors import StackError
from reglament_local.supervisor import cancel_on_signals

MOST_TOLD = 40


class Figures(Protocol):
    """What a trial comes to."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""

    def wrong(self, most: int) -> Iterator[str]:
        """What is, a line each, so many at most of each sort."""

    def line(self) -> str:
        """All of it in one line."""


class Trial(Protocol):
    """What is tried."""

    async def go(self) -> Figures:
        """From the start of its processes to their end."""


def tried(name: str, made: Callable[[Path], Trial], *, keep: bool) -> int:
    """Exit code: 0 clean, 1 not so, 2 it could not be made.

    made: the trial in its folder, which stays where something is wrong, or with `keep`.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"reglament-{name}-"))
    say_aside(f"run folder {folder}")
    try:
        figures = asyncio.run(_stoppable(made(folder)))
    except (StackError, ValueError, TimeoutError) as fault:
        say_aside(f"{fault}\n  -> the logs are in {folder}/run/log")
        return 2
    except asyncio.CancelledError:
        say_aside(f"stopped; what was written so far is in {folder}")
        return 2
    for line in figures.wrong(MOST_TOLD):
        say_aside(line)
    say(figures.line())
    if figures.is_clean and not keep:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        say_aside(f"logs, data and journal: {folder}")
    return 0 if figures.is_clean else 1


async def _stoppable(trial: Trial) -> Figures:
    cancel_on_signals()
    return await trial.go()
