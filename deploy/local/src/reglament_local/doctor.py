"""`make doctor`: what this machine lacks, each with its fix."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from reglament_local.console import say
from reglament_local.disk import NEEDED_BYTES, free_bytes
from reglament_local.errors import StackError
from reglament_local.jars import GREENMAIL, KAFKA, faults_in, sums_of
from reglament_local.places import SUMS, Places
from reglament_local.ports import ports_from
from reglament_local.taken import refuse_taken

NEEDED_MEMORY = 1_500_000_000
NEEDED_PYTHON = (3, 11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the doctor's; `fix` is empty where all is well, or where nothing must be done."""

    title: str
    value: str
    fix: str = ""


def examine(places: Places, environ: Mapping[str, str]) -> bool:
    """Prints all findings; true when nothing needs fixing."""
    findings = list(_findings(places, environ))
    for finding in findings:
        mark = "FIX " if finding.fix else "ok  "
        say(f"{mark} {finding.title:<10} {finding.value}")
        if finding.fix:
            say(f"                -> {finding.fix}")
    return not any(finding.fix for finding in findings)


def _findings(places: Places, environ: Mapping[str, str]) -> Iterator[Finding]:
    yield _python()
    yield _disk(places)
    yield _memory()
    yield _ports(environ)
    for jar_set in (KAFKA, GREENMAIL):
        faults = faults_in(places.tools / jar_set.name / "libs", sums_of(jar_set.name, SUMS))
        state = f"{len(faults)} to fetch, {jar_set.megabytes} MB" if faults else "cached, sound"
        yield Finding(title="jars", value=f"{jar_set.title}: {state}")


def _python() -> Finding:
    fix = "" if sys.version_info[:2] >= NEEDED_PYTHON else "install Python 3.11 or newer"
    return Finding(title="Python", value=sys.version.split()[0], fix=fix)


def _disk(places: Places) -> Finding:
    folder: Path = next(path for path in (places.run, *places.run.parents) if path.exists())
    free = free_bytes(folder)
    fix = "" if free >= NEEDED_BYTES else "free 1 GB, or set REGLAMENT_RUN to a larger disk"
    return Finding(title="disk", value=f"{free / 1e9:.1f} GB free at {folder}", fix=fix)


def _memory() -> Finding:
    available = psutil.virtual_memory().available
    fix = "" if available >= NEEDED_MEMORY else "close something: the stack takes about 1.5 GB"
    return Finding(title="memory", value=f"{available / 1e9:.1f} GB available", fix=fix)


def _ports(environ: Mapping[str, str]) -> Finding:
    try:
        ports = ports_from(environ)
        refuse_taken(ports)
    except StackError as error:
        return Finding(title="ports", value=error.what, fix=error.remedy)
    numbers = " ".join(str(port) for port in ports.values())
    return Finding(title="ports", value=f"free: {numbers}")
