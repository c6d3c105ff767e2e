"""`python -m reglament_local.rehearsal [--from REV] [--to REV]`; see docs/rollout.md."""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from reglament_local.chaos.desk import policies_in
from reglament_local.console import say, say_aside
from reglament_local.errors import StackError
from reglament_local.ports import free_ports
from reglament_local.rehearsal.figures import Figures
from reglament_local.rehearsal.releases import POLICIES, earlier, todays
from reglament_local.rehearsal.run import Rehearsal
from reglament_local.stack import stack_from
from reglament_local.supervisor import cancel_on_signals

MOST_TOLD = 40


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 no client saw a fault and nothing was lost, 1 not so, 2 it could not be made."""
    given = _parser().parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="reglament-rehearsal-"))
    say_aside(f"run folder {folder}")
    try:
        figures = asyncio.run(_stoppable(_rehearsal(folder, given)))
    except (StackError, TimeoutError) as fault:
        say_aside(f"{fault}\n  -> the logs are in {folder}/run/log")
        return 2
    except asyncio.CancelledError:
        say_aside(f"stopped; what was written so far is in {folder}")
        return 2
    for what, count in figures.seen.failures.most_common(MOST_TOLD):
        say_aside(f"seen by a client: {what}, {count} times")
    for finding in figures.findings[:MOST_TOLD]:
        say_aside(str(finding))
    say(figures.line())
    if figures.is_clean and not given.keep:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        say_aside(f"logs, data and journal: {folder}")
    return 0 if figures.is_clean else 1


async def _stoppable(work: Rehearsal) -> Figures:
    cancel_on_signals()
    return await work.go()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="reglament_local.rehearsal", description=__doc__)
    parser.add_argument("--from", dest="old", default="", metavar="REV", help="the old version")
    parser.add_argument("--to", dest="new", default="", metavar="REV", help="none: what lies here")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep the run folder in any case")
    return parser


def _rehearsal(folder: Path, given: argparse.Namespace) -> Rehearsal:
    """Free ports, a folder of its own, the old version's policies and one more."""
    environ = {**os.environ, **free_ports(), "REGLAMENT_RUN": str(folder / "run")}
    environ["REGLAMENT_DURABLE"] = "1"
    old = earlier(folder / "old", given.old)
    new = earlier(folder / "new", given.new) if given.new else todays()
    stack = stack_from(environ)
    policies = policies_in(folder / "policies", old.folder / POLICIES)
    places = replace(stack.places, policies=policies)
    return Rehearsal(stack=replace(stack, places=places), old=old, new=new, seed=given.seed)


if __name__ == "__main__":
    sys.exit(main())
