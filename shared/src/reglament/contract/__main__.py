"""`python -m reglament.contract [--check]`: write the generated documents, or compare them."""

import sys
from pathlib import Path

from reglament.contract.documents import Documents, generate, stale
from reglament.contract.generated import differing, write

ROOT = Path(__file__).resolve().parents[4]


def main(arguments: list[str]) -> int:
    """0: all is as the code says (or was written so); 1: with --check, something differs."""
    documents = generate()
    if arguments == ["--check"]:
        return _check(documents)
    if arguments:
        sys.stderr.write("usage: python -m reglament.contract [--check]\n")
        return 2
    for path in write(ROOT, documents.texts):
        sys.stdout.write(f"written {path}\n")
    for service in documents.missing:
        sys.stdout.write(f"no application yet: {service}\n")
    return 0


def _check(documents: Documents) -> int:
    faults = [f"{path} is not what the code says" for path in differing(ROOT, documents.texts)]
    faults += [f"{path} is of no event here" for path in stale(ROOT, documents)]
    faults += [f"{service} has no application" for service in documents.missing]
    for fault in faults:
        sys.stderr.write(fault + "\n")
    if faults:
        sys.stderr.write("run `make contract` and commit what it writes\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
