"""`python -m reglament_local.demo`: real requests to the running system, story by story."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
from rich.console import Console

from reglament_local.demo.report import show
from reglament_local.demo.stories import eiler, microimpuls, remsys, rusbitech, sixth, wiseadvice
from reglament_local.demo.system import Desk, StoryFailed, System

Story = Callable[[System], Awaitable[tuple[Desk, list[str]]]]
STORIES: tuple[Story, ...] = (
    remsys.critical_request,
    eiler.returned_and_completed,
    eiler.messenger_is_not_official,
    wiseadvice.bmp_returned_png_opens,
    microimpuls.contract_needed,
    rusbitech.night,
    sixth.breached_by_the_clock,
)


async def tell(console: Console, system: System, story: Story) -> bool:
    """Run one story and print what came of it; whether it ended as it should."""
    title = (story.__doc__ or story.__name__).strip()
    console.rule(title, align="left")
    began = time.monotonic()
    try:
        desk, tickets = await story(system)
        for ticket in tickets:
            await show(console, desk, ticket)
    except (StoryFailed, httpx.HTTPError, KeyError, TimeoutError) as fault:
        console.print(f"[red]FAILED[/red] {type(fault).__name__}: {fault}", markup=True)
        return False
    console.print(f"[green]ok[/green] in {time.monotonic() - began:.1f} s")
    return True


def rebuilt(console: Console, ready_file: Path) -> bool:
    """Every projection is built anew beside the live one, compared row for row, and swapped in."""
    console.rule("Every projection rebuilt: equal, row for row", align="left")
    command = [sys.executable, "-m", "reglament.cli", "rebuild", "all", "--ready", str(ready_file)]
    done = subprocess.run(  # noqa: S603 - our own command
        command, check=False, capture_output=True, text=True, timeout=300
    )
    console.print(done.stdout.strip() or done.stderr.strip(), markup=False, highlight=False)
    return done.returncode == 0


async def main(ready_file: Path) -> int:
    """0: every story ended as it should."""
    console = Console(width=110)
    async with httpx.AsyncClient(timeout=20.0) as http:
        system = System.of(ready_file, http)
        good = [await tell(console, system, story) for story in STORIES]
    good.append(await asyncio.to_thread(rebuilt, console, ready_file))
    console.rule()
    console.print(f"{sum(good)} of {len(good)} stories ended as they should")
    return 0 if all(good) else 1


if __name__ == "__main__":
    ready = Path(os.environ.get("REGLAMENT_READY", ".run/ready.json"))
    if not ready.exists():
        sys.exit(f"{ready} is not there: start the system first (`make run`)")
    sys.exit(asyncio.run(main(ready.resolve())))
