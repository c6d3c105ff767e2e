"""The whole running system, as its users see it."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from reglament_local.demo.system import System


@pytest.fixture
async def site(ready_file: Path) -> AsyncIterator[System]:
    """Keys, REST and letters of the running system, under names that no other test uses."""
    async with httpx.AsyncClient(timeout=20.0, trust_env=False) as http:
        yield System.of(ready_file, http)
