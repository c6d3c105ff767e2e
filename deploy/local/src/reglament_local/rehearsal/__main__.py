"""`python -m reglament_local.rehearsal [--from REV] [--to REV]`; see docs/rollout.md."""

import argparse
import sys
from pathlib import Path

from reglament_local.chaos.desk import stack_in
from reglament_local.rehearsal.releases import POLICIES, earlier, todays
from reglament_local.rehearsal.run import Rehearsal
from reglament_local.trial import tried


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 no client saw a fault and nothing was lost, 1 not so, 2 it could not be made."""
    given = _parser().parse_args(arguments)

    def made(folder: Path) -> Rehearsal:
        old = earlier(folder / "old", given.old)
        new = earlier(folder / "new", given.new) if given.new else todays()
        stack = stack_in(folder, old.folder / POLICIES)
        return Rehearsal(stack=stack, old=old, new=new, seed=given.seed)

    return tried("rehearsal", made, keep=given.keep)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="reglament_local.rehearsal", description=__doc__)
    parser.add_argument("--from", dest="old", default="", metavar="REV", help="the old version")
    parser.add_argument("--to", dest="new", default="", metavar="REV", help="none: what lies here")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep the run folder in any case")
    return parser


if __name__ == "__main__":
    sys.exit(main())
