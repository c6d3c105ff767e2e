"""`python -m reglament_local.chaos --rounds N --seed S [--faults KIND,...]`; see docs/chaos.md."""

import argparse
import sys
from pathlib import Path

from reglament_local.chaos.desk import stack_in
from reglament_local.chaos.plan import WEIGHTS, chosen
from reglament_local.chaos.run import Run
from reglament_local.ports import free_port
from reglament_local.secrets_file import DATABASES
from reglament_local.trial import tried


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 nothing was lost or doubled, 1 something was, 2 the run could not be made."""
    given = _parser().parse_args(arguments)

    def made(folder: Path) -> Run:
        return Run(
            stack=stack_in(folder),
            rounds=given.rounds,
            seed=given.seed,
            kinds=chosen(given.faults),
            minutes=given.minutes,
            spare_ports={name: free_port() for name in DATABASES},
        )

    return tried("chaos", made, keep=given.keep)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="reglament_local.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", default="", help=f"by comma, of {', '.join(WEIGHTS)}")
    parser.add_argument("--minutes", type=float, default=600, help="then no round begins any more")
    parser.add_argument("--keep", action="store_true", help="keep the run folder in any case")
    return parser


if __name__ == "__main__":
    sys.exit(main())
