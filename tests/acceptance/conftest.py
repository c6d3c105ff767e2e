"""The whole running system, as its users see it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from reglament_local.demo.system import PATIENCE_SECONDS, Desk, Json, System
from tests.acceptance.rules.desk import Publishing

SHORT_PATIENCE_SECONDS = 6.0  # of a test that is there to fail


@pytest.fixture
def variation(request: pytest.FixtureRequest) -> str | None:
    """The key that the desk's policy goes without (`make rules-mutations`); None: none."""
    found: str | None = getattr(request, "param", None)
    return found


@pytest.fixture
async def site(ready_file: Path, variation: str | None) -> AsyncIterator[System]:
    """Keys, REST and letters of the running system, under names that no other test uses."""
    patience = SHORT_PATIENCE_SECONDS if variation else PATIENCE_SECONDS
    async with httpx.AsyncClient(timeout=20.0, trust_env=False) as http:
        yield System.of(ready_file, http, patience)


Shared = dict[tuple[str, ...], tuple[Desk, Json]]


@pytest.fixture(scope="session")
def shared_desks(ready_file: Path) -> Iterator[Shared]:
    """The desks that the tests of this session share; retired at its end."""
    shared: Shared = {}
    yield shared
    if shared:
        asyncio.run(_retire(ready_file, shared))


async def _retire(ready_file: Path, shared: Shared) -> None:
    async with httpx.AsyncClient(timeout=20.0, trust_env=False) as http:
        site = System.of(ready_file, http)
        publishing = Publishing(system=site, variation=None, shared=shared)
        await publishing.retire(list(shared.values()))


@pytest.fixture
async def publish(
    site: System, variation: str | None, shared_desks: Shared
) -> AsyncIterator[Publishing]:
    """`desk = await publish("name-of-a-policy-file", REQUEST)`: that desk, in use."""
    publishing = Publishing(system=site, variation=variation, shared=shared_desks)
    yield publishing
    await publishing.retire(publishing.own)
