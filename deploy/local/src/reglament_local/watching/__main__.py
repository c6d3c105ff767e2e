"""`python -m reglament_local.watching write | check | test | dashboards | drills`."""

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
from reglament_local.demo.system import System
from reglament_local.errors import StackError
from reglament_local.places import CHECKOUT, places_from
from reglament_local.watching.dashboards import empty_panels, panel_queries
from reglament_local.watching.documents import differing, write
from reglament_local.watching.drills import drill
from reglament_local.watching.load import working
from reglament_local.watching.profile import DRILL, PRODUCTION
from reglament_local.watching.prometheus import binary, prometheus

COMMANDS = ("write", "check", "test", "dashboards", "drills")


def main(arguments: list[str] | None = None) -> int:
    """0: all is well; 1: something is not, and was said."""
    parser = argparse.ArgumentParser(prog="reglament_local.watching", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--only", default="", help="drills: some of them, by comma")
    given = parser.parse_args(arguments)
    try:
        return _carry_out(given.command, given.only)
    except StackError as fault:
        say(str(fault))
        return 1


def _carry_out(command: str, only: str) -> int:
    match command:
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
    return asyncio.run(_drills(only))


def _told(faults: list[str]) -> int:
    for fault in faults:
        say(fault)
    return 1 if faults else 0


def _promtool() -> int:
    promtool, folder = str(binary("promtool", _tools())), CHECKOUT / "deploy" / "prometheus"
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
