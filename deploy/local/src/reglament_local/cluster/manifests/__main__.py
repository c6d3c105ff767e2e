"""`python -m reglament_local.cluster.manifests [--check]`: write, or compare, what is generated."""

import sys

from reglament_local.cluster.manifests.documents import differing, write
from reglament_local.places import CHECKOUT


def main(arguments: list[str]) -> int:
    """0: written, or all is as the code says; 1: with --check, something differs."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m reglament_local.cluster.manifests [--check]\n")
        return 2
    if arguments:
        faults = [f"{path} is not what the code says\n" for path in differing(CHECKOUT)]
        sys.stderr.write("".join(faults))
        return 1 if faults else 0
    for path in write(CHECKOUT):
        sys.stdout.write(f"written {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
