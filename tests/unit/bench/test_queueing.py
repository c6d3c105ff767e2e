"""The queue before a group commit: by what is known of it without a simulation."""

import pytest

from bench.queueing import LOOK_UP, WRITE, Costs, closed, fitted, ring, simulate

COSTS = Costs(batch=0.004, each=0.0005)


def test_alone_a_request_waits_for_its_own_batch() -> None:
    found = simulate(0.1, COSTS, number=1000)
    assert found.p50 == pytest.approx(0.0045)
    assert found.batch == pytest.approx(1, abs=0.01)


def test_what_arrives_while_a_batch_is_written_goes_into_the_next() -> None:
    busy, calm = simulate(COSTS.most * 0.8, COSTS), simulate(COSTS.most * 0.1, COSTS)
    assert busy.batch > 10 > calm.batch
    assert busy.p50 > calm.p50


def test_a_server_is_busy_by_what_arrives() -> None:
    found = simulate(1000, COSTS)
    assert found.busy == pytest.approx(1000 * (COSTS.each + COSTS.batch / found.batch), rel=0.01)


def test_two_measured_points_give_back_the_costs_they_came_from() -> None:
    found = fitted((1, closed(1, COSTS)), (16, closed(16, COSTS)))
    assert found.batch == pytest.approx(COSTS.batch)
    assert found.each == pytest.approx(COSTS.each)


def test_more_clients_that_come_to_less_are_no_such_queue() -> None:
    with pytest.raises(ValueError, match="no such queue"):
        fitted((1, 1000), (16, 100))


def test_of_clients_that_ask_again_half_are_looked_up_while_the_others_are_written() -> None:
    assert ring(16, (LOOK_UP, WRITE), 200)[-1] == pytest.approx(8, rel=0.05)
    assert ring(64, (LOOK_UP, WRITE), 200)[-1] == pytest.approx(32, rel=0.05)


def test_with_one_queue_all_come_together_in_the_end() -> None:
    assert ring(16, (WRITE,), 200) == [pytest.approx(16, rel=0.05)]
