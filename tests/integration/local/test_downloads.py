"""A download that was cut, changed or interrupted is found and mended, on the real registry."""

import asyncio
import shutil
from pathlib import Path

import pytest

from reglament_local.downloads import jars_of
from reglament_local.errors import StackError
from reglament_local.jars import GREENMAIL, JarSet, faults_in, sums_of
from reglament_local.places import SUMS
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration


def cut(folder: Path, *patterns: str) -> None:
    for file in [file for pattern in patterns for file in folder.rglob(pattern)]:
        content = file.read_bytes()
        file.unlink()
        file.write_bytes(content[: len(content) // 2])


def has(folder: Path, pattern: str) -> bool:
    return any(folder.rglob(pattern))


def is_sound(libs: Path) -> bool:
    return not faults_in(libs, sums_of(GREENMAIL.name, SUMS))


async def test_a_jar_cut_in_use_and_in_the_cache_is_fetched_again(tmp_path: Path) -> None:
    libs, is_fetched = await jars_of(GREENMAIL, tmp_path)
    assert is_fetched
    cut(tmp_path, "*.jar")
    assert not is_sound(libs)
    assert await jars_of(GREENMAIL, tmp_path) == (libs, True)
    assert is_sound(libs)
    assert await jars_of(GREENMAIL, tmp_path) == (libs, False)


async def test_a_cut_pom_does_not_stop_the_next_start(tmp_path: Path) -> None:
    libs, _ = await jars_of(GREENMAIL, tmp_path)
    shutil.rmtree(libs)
    cut(tmp_path, "*.jar", "*.pom")
    await jars_of(GREENMAIL, tmp_path)
    assert is_sound(libs)


async def test_a_download_stopped_half_way_leaves_nothing_under_the_final_name(
    tmp_path: Path,
) -> None:
    fetching = asyncio.create_task(jars_of(GREENMAIL, tmp_path))

    async def is_begun() -> bool:
        return has(tmp_path, "*.pom")

    await eventually(is_begun, timeout=60)
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert not (tmp_path / GREENMAIL.name / "libs").exists()
    libs, _ = await jars_of(GREENMAIL, tmp_path)
    assert is_sound(libs)


async def test_two_starts_at_once_share_one_download(tmp_path: Path) -> None:
    results = await asyncio.gather(*(jars_of(GREENMAIL, tmp_path) for _ in range(2)))
    assert sorted(is_fetched for _, is_fetched in results) == [False, True]


async def test_what_cannot_be_fetched_is_told_with_what_is_cached(tmp_path: Path) -> None:
    absent = JarSet(
        name=GREENMAIL.name, title="GreenMail", endpoint="no.such:artifact:1", megabytes=1
    )
    with pytest.raises(StackError, match="0 of 1 jars are here") as caught:
        await jars_of(absent, tmp_path)
    assert "check the network" in caught.value.remedy
    assert str(tmp_path / "cache") in caught.value.remedy
