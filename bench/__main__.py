"""`python -m bench [--only open_ticket,reads]`: ratios to this machine's limit, in this run.

Prints a table a contest, keeps it in .run/bench.json, draws it into docs/benchmarks. A goal that
is not reached is told, it is no failure of the run.
"""

import argparse
import sys
from importlib import import_module
from importlib.util import find_spec
from tempfile import TemporaryFile

import uvloop

from bench.contest import Asked, Bench, Result, play
from bench.report import bars, drawn, machine, row, table
from bench.rounds import FEWEST, keep
from reglament.collecting import collect_seldom
from reglament.logs import configure_logs

MODULES = {
    "open_ticket": "bench.open_ticket",
    "reads": "bench.reads",
    "end_to_end": "bench.end_to_end",
    "consume": "bench.consume",
    "rebuild": "bench.rebuild",
    "relay": "bench.relay",
    "growth": "bench.growth",
}


def there() -> list[str]:
    """Those that are written."""
    return [name for name, module in MODULES.items() if find_spec(module)]


def bench_of(name: str) -> Bench:
    """A bench by its name."""
    found: Bench = import_module(MODULES[name]).BENCH
    return found


def tell(result: Result, *, is_drawn: bool) -> None:
    """To the reader, to the report, to the documents."""
    sys.stdout.write(f"{table(result)}\n")
    sys.stdout.flush()
    kept = row(result)
    keep(result.contest.name, kept)
    if is_drawn:
        drawn(result.contest.name, bars(result.contest.name, kept))


def heard(round_told: str) -> None:
    """How far it is."""
    sys.stderr.write(round_told)
    sys.stderr.flush()


async def run(names: list[str], asked: Asked, *, is_drawn: bool) -> None:
    """One bench after the other."""
    sys.stdout.write(f"{machine()}\n")
    for name in names:
        async with bench_of(name).prepare(asked) as contests:
            for contest in contests:
                result = await play(contest, asked.rounds, heard)
                tell(result, is_drawn=is_drawn)


def main() -> int:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help=f"some of {','.join(MODULES)}")
    parser.add_argument("--rounds", type=int, default=FEWEST)
    parser.add_argument("--seconds", type=float, default=5.0, help="of a round")
    parser.add_argument("--tickets", type=int, default=1_000_000, help="that the reads stand on")
    parser.add_argument("--clients", type=int, default=16, help="connections that are kept alive")
    parser.add_argument("--draw", action="store_true", help="pictures into docs/benchmarks")
    said = parser.parse_args()
    names = [name for name in said.only.split(",") if name] or there()
    if unknown := [name for name in names if name not in there()]:
        parser.error(f"no bench {', '.join(unknown)}")
    asked = Asked(
        rounds=said.rounds, seconds=said.seconds, tickets=said.tickets, clients=said.clients
    )
    with TemporaryFile("w") as lines:  # as a service does: its log, its loop, its collector
        configure_logs("bench", stream=lines)
        collect_seldom()
        uvloop.run(run(names, asked, is_drawn=said.draw))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
