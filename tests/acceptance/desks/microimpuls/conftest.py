"""The desk, in use."""

import pytest

from tests.acceptance.desks.microimpuls.asking import REQUEST, contracted
from tests.acceptance.rules.desk import DeskInUse, Publishing


@pytest.fixture
async def desk(publish: Publishing) -> DeskInUse:
    """The desk, shared by these tests; its client of this test has a contract."""
    made = await publish("microimpuls", REQUEST)
    await contracted(made)
    return made


@pytest.fixture
async def own_desk(publish: Publishing) -> DeskInUse:
    """The desk with queues that no other test fills."""
    made = await publish("microimpuls", REQUEST, alone=True)
    await contracted(made)
    return made
