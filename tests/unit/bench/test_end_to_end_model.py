"""Three queues in line: their costs come back out of the points they made."""

from statistics import median

import pytest

from bench.end_to_end_model import Point, told, waits
from bench.queueing import Costs

CHAIN = [
    Costs(batch=0.01, each=0.001),
    Costs(batch=0.02, each=0.0005),
    Costs(batch=0.03, each=0.002),
]


def test_alone_a_ticket_waits_for_each_queue_in_turn() -> None:
    assert waits([0.0], CHAIN) == pytest.approx([63.5])


def test_who_comes_too_late_for_a_batch_waits_for_the_next() -> None:
    found = waits([0.0, 0.001], CHAIN[:1])
    assert found == pytest.approx([11.0, 21.0])


def test_the_comparison_says_how_far_off_it_is() -> None:
    coming = [number / 50 for number in range(100)]
    p50 = median(waits(coming, CHAIN))
    one = Point(rate=50, seconds=2, reached=(1, 2, p50 * 2), p99=waits(coming, CHAIN)[99])
    said = told(CHAIN, [one])
    assert "off by -50%" in said
    assert "off by +0%" in said
