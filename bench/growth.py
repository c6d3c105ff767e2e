"""The same requests at ten thousand, a hundred thousand and a million tickets: flat, or not.

One row for each: `ours` is what it came to with the most tickets, `limit` with the fewest; the
figures in between are under `sizes`. Where both stand still, nothing grows.
"""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from statistics import median

from bench.contest import Asked, Bench, Contest, Play
from bench.driving import until_quiet
from bench.open_ticket import DESK, posting
from bench.reads import contests, filled
from bench.report import drawn, lines, machine
from bench.rounds import keep
from bench.system import System, peers, system

SIZES = (10_000, 100_000, 1_000_000)


def sizes_of(most: int) -> list[int]:
    """The sizes up to the one that is asked for, that one among them."""
    return sorted({min(size, most) for size in SIZES})


def plays(running: System, empty: int, asked: Asked) -> dict[str, Play]:
    """What is asked of ours at each size."""
    key = running.key(DESK, "integrator")
    opening = posting(running.port("intake"), key, asked, running.meter("intake"))
    reading = {each.name: each.ours for each in contests(running, empty, asked)}
    return {**reading, "open_ticket": opening}


async def measured(play: Play, asked: Asked) -> dict[str, float]:
    """Medians of so many rounds, after one to warm up."""
    rounds = [await play() for _ in range(asked.rounds + 1)][1:]
    names = rounds[0].figures
    return {
        "value": median(each.value for each in rounds),
        **{name: median(each.figures[name] for each in rounds) for name in names},
    }


@asynccontextmanager
async def prepared(asked: Asked) -> AsyncIterator[Sequence[Contest]]:
    """Fill, measure, fill on. There is nobody to play against: no contest comes of it."""
    found: dict[str, dict[int, dict[str, float]]] = {}
    with system() as running, peers("empty") as ports:
        settle, there = partial(until_quiet, running.pids), 0
        for size in sizes_of(asked.tickets):
            await filled(running, there + 1, size)
            there = size
            await settle()
            now = replace(asked, tickets=size)
            for name, play in plays(running, ports["empty"], now).items():
                found.setdefault(name, {})[size] = await measured(play, asked)
                await settle()
                sys.stdout.write(f"  {name} at {size:,}: {found[name][size]}\n")
    _told(found)
    yield ()


def _told(found: dict[str, dict[int, dict[str, float]]]) -> None:
    for name, sizes in found.items():
        least, most = sizes[min(sizes)]["value"], sizes[max(sizes)]["value"]
        told = {str(size): figures for size, figures in sizes.items()}
        row = {"ours": most, "limit": least, "ratio": most / least, "peers": {}}
        keep(f"growth_{name}", {**row, "unit": "requests/s", "sizes": told, "machine": machine()})
    series = {
        name: [(size, figures["cpu_us"]) for size, figures in sizes.items()]
        for name, sizes in found.items()
    }
    drawn("growth", lines("CPU a request by tickets", "us", series))


BENCH = Bench(name="growth", prepare=prepared)
