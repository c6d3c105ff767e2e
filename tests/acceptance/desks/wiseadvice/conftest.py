"""The desk, in use."""

import pytest

from tests.acceptance.desks.wiseadvice.asking import REQUEST, ready
from tests.acceptance.rules.desk import DeskInUse, Publishing


@pytest.fixture
async def desk(publish: Publishing) -> DeskInUse:
    """The desk, shared by these tests."""
    return await ready(await publish("wiseadvice", REQUEST))


@pytest.fixture
async def own_desk(publish: Publishing) -> DeskInUse:
    """The desk with queues that no other test fills."""
    return await ready(await publish("wiseadvice", REQUEST, alone=True))
