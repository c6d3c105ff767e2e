"""The desk, in use."""

import pytest

from tests.acceptance.desks.rusbitech.asking import REQUEST, contracted
from tests.acceptance.rules.desk import DeskInUse, Publishing


@pytest.fixture
async def desk(publish: Publishing) -> DeskInUse:
    """The desk, shared by these tests; its client of this test has a contract."""
    return await contracted(await publish("rusbitech", REQUEST))
