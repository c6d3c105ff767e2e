"""A bad record is buried; a bad release stops the consumer."""

import pytest

from reglament.messaging.dead_letter import DeadLetterLimit
from reglament.messaging.faults import Halted


def test_fifty_a_minute_are_borne() -> None:
    limit = DeadLetterLimit()
    limit.count(50, at=0.0)
    limit.count(50, at=61.0)


def test_one_more_stops_the_consumer() -> None:
    limit = DeadLetterLimit()
    limit.count(50, at=0.0)
    with pytest.raises(Halted):
        limit.count(1, at=59.0)
