"""`python -m tests.acceptance.rules`: every rule of the desks, shown on one running system.

`mutations`: each key that switches a rule on is taken out of the policy, and a test must fail.
`document`: write docs/rules.md, run nothing. Rules' ids (`EIL RUS-04`) after it: only these.
REGLAMENT_READY names a running system's ready.json; without it one is started.
"""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.rules import catalogue
from tests.acceptance.rules.ledger import Ledger
from tests.support.processes import running

WORKERS = os.environ.get("WORKERS", "3")


def main(arguments: Sequence[str]) -> int:
    """0: every rule asked for holds; every mutation was noticed."""
    command = arguments[0] if arguments[:1] and arguments[0].islower() else "run"
    only = tuple(arguments if command == "run" else arguments[1:])
    wanted = [(rule, desk) for rule, desk in catalogue.rules() if rule.startswith(only or "")]
    if command == "document":
        return _write()
    return _mutations(wanted) if command == "mutations" else _run(wanted)


def say(line: str) -> None:
    """A line of the answer."""
    sys.stdout.write(f"{line}\n")


def _write() -> int:
    catalogue.DOCUMENT.write_text(catalogue.document(catalogue.rules(), catalogue.shown()))
    return 0


def _run(wanted: Sequence[tuple[str, str]]) -> int:
    ledger = _results(wanted, "-q", "--no-header")
    bad = 0
    for rule, _ in wanted:
        results = ledger.of(rule)
        holds = bool(results) and all(result.outcome == "passed" for result in results)
        bad += not holds
        tests = ", ".join(dict.fromkeys(result.name for result in results)) or "no test"
        say(f"{rule}  {'holds' if holds else 'FAILS'}  {tests}")
        for one in results:
            if one.why:
                say(f"        {one.test}: {one.why}")
    say(f"{len(wanted) - bad} of {len(wanted)} rules hold")
    _write()
    return 1 if bad else 0


def _mutations(wanted: Sequence[tuple[str, str]]) -> int:
    options = ("--rules-mutations", "-q", "--no-header", "--no-summary", "--tb=line")
    ledger = _results(wanted, *options)
    killed, found = 0, [row for row in ledger.mutations() if row[0] in dict(wanted)]
    for rule, key, verdict, why in found:
        killed += verdict == "killed"
        say(f"{rule}  {verdict:8}  without {key}: {why[:160]}")
    missing = _without_mutation(wanted, {rule for rule, *_ in found})
    say(f"{killed} of {len(found)} mutations killed, {missing} rules without any")
    return 0 if killed == len(found) and not missing else 1


def _without_mutation(wanted: Sequence[tuple[str, str]], mutated: set[str]) -> int:
    """Rules that no key switches on, with the reason; how many have neither."""
    missing = 0
    shown = catalogue.shown()
    for rule, _ in wanted:
        if rule not in mutated:
            always = next((one.always for one in shown if one.rule == rule and one.always), None)
            missing += always is None
            say(f"{rule}  {'no key' if always else 'MISSING'}    {always or ''}")
    return missing


def _results(wanted: Sequence[tuple[str, str]], *options: str) -> Ledger:
    """The tests of the rules, run."""
    ids = {rule for rule, _ in wanted}
    tests = dict.fromkeys(
        f"tests/acceptance/{one.file}::{one.test}" for one in catalogue.shown() if one.rule in ids
    )
    ledger = Ledger()
    plugin = ("-p", "tests.acceptance.rules.plugin")
    with _system() as ready:
        os.environ["REGLAMENT_READY"] = str(ready)
        pytest.main([*plugin, "-n", WORKERS, "--dist", "load", *options, *tests], [ledger])
    return ledger


@contextmanager
def _system() -> Iterator[Path]:
    if said := os.environ.get("REGLAMENT_READY"):
        yield Path(said).resolve()
        return
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        with running(run, ("run",), "ready.json"):
            yield run / "ready.json"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
