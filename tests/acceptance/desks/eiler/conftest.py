"""The desk, in use."""

import pytest

from tests.acceptance.desks.eiler.asking import REQUEST
from tests.acceptance.rules.desk import DeskInUse, Publishing


@pytest.fixture
async def desk(publish: Publishing) -> DeskInUse:
    """The desk, shared by these tests."""
    return await publish("eiler", REQUEST)
