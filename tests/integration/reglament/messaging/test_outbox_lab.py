"""Out-of-order commits, open transactions: none skipped, none out of order (b0, b2 3).

The long setting: `make outbox-lab SECONDS=60`.
"""

import pytest

from tests.integration.reglament.messaging.source import Source
from tests.support.outbox_lab import experiment, hold_a_transaction
from tests.support.stack import Databases

pytestmark = pytest.mark.integration


async def test_ten_writers_with_random_pauses_skip_and_reorder_nothing_beside_an_open_transaction(
    source: Source, postgres: Databases
) -> None:
    other = await hold_a_transaction(await postgres())
    try:
        found = await experiment(source, seconds=4)
    finally:
        await other.close()
    print(found)  # noqa: T201 - figures for whoever asks with -s
    assert found.is_clean, str(found)
    assert found.rows > 50
    assert found.worst < 1.0
