"""A bad record is buried; a bad release stops the consumer."""

import pytest

from reglament.messaging.dead_letter import DeadLetterLimit
from reglament.messaging.faults import Halted

MANY = 100_000


def test_fifty_a_minute_are_borne() -> None:
    limit = DeadLetterLimit()
    limit.count(50, MANY, at=0.0)
    limit.count(50, MANY, at=61.0)


def test_one_more_stops_the_consumer() -> None:
    limit = DeadLetterLimit()
    limit.count(50, MANY, at=0.0)
    with pytest.raises(Halted):
        limit.count(1, 1, at=59.0)


def test_more_than_one_in_a_hundred_stops_the_consumer() -> None:
    limit = DeadLetterLimit()
    limit.count(10, 1000, at=0.0)
    with pytest.raises(Halted):
        limit.count(1, 1, at=1.0)


def test_a_few_bad_records_among_few_are_borne() -> None:
    DeadLetterLimit().count(9, 9, at=0.0)
