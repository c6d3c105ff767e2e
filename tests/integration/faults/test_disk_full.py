"""A server's disk is full: no false 2xx, nothing broken, and it goes on by itself (b2 12)."""

import asyncio
import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from reglament.messaging import outbox
from reglament_local.kafka import kafka_part
from reglament_local.postgres import postgres_part
from tests.integration.faults.site import Clients, intake_site, published, resident, stack_in
from tests.support.eventually import eventually
from tests.support.stack import Databases

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]
DISK_MEGABYTES = 200
LEFT_BYTES = 3 << 20
# So much a ticket that the log needs a new segment soon; random, so that it cannot be packed.
LONG_TEXT = secrets.token_hex(60_000)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, small enough to be filled."""
    folder = tmp_path / "disk"
    folder.mkdir()
    size = f"size={DISK_MEGABYTES}m"
    mounting = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)]
    done = subprocess.run(mounting, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        subprocess.run(("umount", "-l", str(folder)), check=True)  # noqa: S607 - where mount is


def fill(folder: Path, left: int = LEFT_BYTES) -> Path:
    """A file that leaves next to nothing."""
    filler, free = folder / "filler", os.statvfs(folder)
    size = free.f_bavail * free.f_frsize - left
    with filler.open("wb") as stream:
        while size > 0:
            stream.write(b"\0" * min(size, 1 << 20))
            size -= 1 << 20
    return filler


async def test_a_full_disk_is_a_503_and_what_was_acknowledged_is_there_afterwards(
    small_disk: Path,
) -> None:
    stack = stack_in(small_disk)
    async with (
        resident(stack, postgres_part(stack.postgres)) as postgres,
        intake_site(stack.postgres.dsn("intake")) as site,
    ):
        clients = Clients(caller=await published(site), site=site)
        await clients.insist("before")
        filler = await asyncio.to_thread(fill, small_disk)
        acknowledged, refused = [], 0
        for number in range(200):
            answer = await site.open(f"full-{number}", clients.caller, description=LONG_TEXT)
            if answer.status_code == 201:
                acknowledged.append(answer.json()["id"])
                continue
            assert answer.status_code == 503, answer.text
            refused += 1
            if refused == 2:
                break
        assert refused
        filler.unlink()
        await postgres.ready(60)

        async def takes_again() -> bool:
            return (await site.open("after", clients.caller)).status_code == 201

        await eventually(takes_again, 60)
        assert set(acknowledged) <= set(await site.subjects())


async def test_when_kafkas_disk_is_full_the_api_serves_and_the_outbox_waits_for_space(
    small_disk: Path, postgres: Databases
) -> None:
    stack = stack_in(small_disk)
    async with resident(stack, kafka_part(stack.kafka)) as kafka:
        places = {"kafka": stack.kafka.address, "roles": {"api", "relay"}, "partitions": 2}
        async with intake_site(await postgres(), **places) as site:
            clients = Clients(caller=await published(site), site=site)
            await clients.insist("before")

            async def is_drained() -> bool:
                return await outbox.waiting(site.runtime.pool) == 0

            await eventually(is_drained, 60)
            filler = await asyncio.to_thread(fill, small_disk, 0)
            ends, number = len(kafka.ends), 0
            while len(kafka.ends) == ends and number < 100:
                number += 1
                answer = await site.open(f"full-{number}", clients.caller, description=LONG_TEXT)
                assert answer.status_code == 201, answer.text
            assert await outbox.waiting(site.runtime.pool) > 0
            filler.unlink()
            await eventually(is_drained, 120)
