"""`python -m reglament_local.watching write | check | test | dashboards | drills | series`."""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx

from reglament_local.console import say
from reglament_local.debian import binary
from reglament_local.demo.system import System
from reglament_local.errors import StackError
from reglament_local.places import CHECKOUT, places_from
from reglament_local.watching.cardinality import LIMIT, series_after
from reglament_local.watching.dashboards import empty_panels, panel_queries
from reglament_local.watching.documents import differing, write
from reglament_local.watching.drills import drill
from reglament_local.watching.load import working
from reglament_local.watching.profile import DRILL, PRODUCTION
from reglament_local.watching.prometheus import prometheus

COMMANDS = ("write", "check", "test", "dashboards", "drills", "series")


def main(arguments: list[str] | None = None) -> int:
    """0: all is well; 1: something is not, and was said."""
    parser = argparse.ArgumentParser(prog="reglament_local.watching", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--only", default="", help="drills: some of them, by comma")
    parser.add_argument("--desks", type=int, default=20, help="series: new desks")
    parser.add_argument("--tickets", type=int, default=10_000, help="series: new tickets")
    given = parser.parse_args(arguments)
    try:
        return _carry_out(given)
    except StackError as fault:
        say(str(fault))
        return 1


def _carry_out(given: argparse.Namespace) -> int:
    match given.command:
        case "write":
            for path in write(CHECKOUT):
                say(f"written {path}")
            return 0
        case "check":
            return _told([f"{path} is not what the code says" for path in differing(CHECKOUT)])
        case "test":
            return _promtool()
        case "dashboards":
            return asyncio.run(_dashboards())
        case "series":
            return asyncio.run(_series(given.desks, given.tickets))
    return asyncio.run(_drills(given.only))


def _told(faults: list[str]) -> int:
    for fault in faults:
        say(fault)
    return 1 if faults else 0


def _promtool() -> int:
    promtool, folder = (
        str(binary("promtool", "prometheus", _tools())),
        CHECKOUT / "deploy" / "prometheus",
    )
    for words in (("check", "rules", "rules.yaml"), ("test", "rules", "tests.yaml")):
        done = subprocess.run([promtool, *words], cwd=folder, check=False)  # noqa: S603 - ours
        if done.returncode:
            return done.returncode
    return 0


def _tools() -> Path:
    return places_from(os.environ).tools


async def _dashboards() -> int:
    places = places_from(os.environ)
    ready = json.loads(places.ready.read_text())
    with tempfile.TemporaryDirectory(prefix="reglament-prometheus-") as folder:
        async with (
            prometheus(ready, Path(folder), places.tools, PRODUCTION) as running,
            httpx.AsyncClient(timeout=20.0, trust_env=False) as http,
            working(System.of(places.ready, http)),
        ):
            say(f"prometheus at {running.url}; asking for every panel while the system works")
            empty = await empty_panels(running)
    queries = list(panel_queries())
    say(f"{len(queries) - len(empty)} of {len(queries)} queries returned data")
    return _told([f"no data: {one}" for one in empty])


async def _series(desks: int, tickets: int) -> int:
    async with httpx.AsyncClient(timeout=30.0, trust_env=False) as http:
        system = System.of(places_from(os.environ).ready, http)
        found = await series_after(system, desks, tickets)
    for job, count in found.items():
        say(f"{job}: {count} series after {tickets} tickets over {desks} desks")
    return _told([f"{job} has {LIMIT} or more" for job, count in found.items() if count >= LIMIT])


async def _drills(only: str) -> int:
    places = places_from(os.environ)
    ready = json.loads(places.ready.read_text())
    with tempfile.TemporaryDirectory(prefix="reglament-drills-") as folder:
        async with prometheus(ready, Path(folder), places.tools, DRILL) as running:
            say(f"windows, `for` and thresholds are 1/{DRILL.by} of production's")
            return _told(
                await drill(running, places.ready, frozenset(filter(None, only.split(","))))
            )


if __name__ == "__main__":
    sys.exit(main())
