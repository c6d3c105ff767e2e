"""`python -m reglament_local.chaos --rounds N --seed S [--faults KIND,...]`; see docs/chaos.md."""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from reglament_local.chaos.desk import policies_in
from reglament_local.chaos.figures import Figures
from reglament_local.chaos.plan import WEIGHTS, chosen
from reglament_local.chaos.run import Run
from reglament_local.console import say, say_aside
from reglament_local.errors import StackError
from reglament_local.ports import free_port, free_ports
from reglament_local.secrets_file import DATABASES
from reglament_local.stack import Stack, stack_from
from reglament_local.supervisor import cancel_on_signals

MOST_TOLD = 40


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 nothing was lost or doubled, 1 something was, 2 the run could not be made."""
    given = _parser().parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="reglament-chaos-"))
    say_aside(f"run folder {folder}")
    try:
        kinds = chosen(given.faults)
        work = Run(
            stack=_stack(folder),
            rounds=given.rounds,
            seed=given.seed,
            kinds=kinds,
            minutes=given.minutes,
            spare_ports=_spare_ports(),
        )
        figures = asyncio.run(_stoppable(work))
    except (StackError, ValueError, TimeoutError) as fault:
        say_aside(f"{fault}\n  -> the logs are in {folder}/run/log")
        return 2
    except asyncio.CancelledError:
        say_aside(f"stopped; what was written so far is in {folder}")
        return 2
    for finding in figures.findings[:MOST_TOLD]:
        say_aside(str(finding))
    say(figures.line())
    if figures.is_clean and not given.keep:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        say_aside(f"logs, data and journal: {folder}")
    return 0 if figures.is_clean else 1


async def _stoppable(work: Run) -> Figures:
    cancel_on_signals()
    return await work.go()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="reglament_local.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", default="", help=f"by comma, of {', '.join(WEIGHTS)}")
    parser.add_argument("--minutes", type=float, default=600, help="then no round begins any more")
    parser.add_argument("--keep", action="store_true", help="keep the run folder in any case")
    return parser


def _stack(folder: Path) -> Stack:
    """Free ports, a folder of its own, every desk's policy and one more; on a real disk."""
    environ = {**os.environ, **free_ports(), "REGLAMENT_RUN": str(folder / "run")}
    environ["REGLAMENT_DURABLE"] = "1"
    stack = stack_from(environ)
    policies = policies_in(folder / "policies", stack.places.policies)
    return replace(stack, places=replace(stack.places, policies=policies))


def _spare_ports() -> dict[str, int]:
    return {name: free_port() for name in DATABASES}


if __name__ == "__main__":
    sys.exit(main())
