"""Steps shrink where transactions last, and grow where full ones do not."""

from reglament.messaging.steps import FEWEST, FIRST, Steps


def grown() -> Steps:
    steps = Steps(1000)
    for _ in range(5):
        steps.took(steps.size, 0.1)
    return steps


def test_full_and_short_steps_grow_up_to_the_most() -> None:
    assert Steps(1000).size == FIRST
    assert grown().size == 1000
    assert Steps(20).size == 20


def test_a_few_records_say_nothing_of_many() -> None:
    steps = Steps(1000)
    for _ in range(20):
        steps.took(3, 0.01)
    assert steps.size == FIRST


def test_long_transactions_make_smaller_steps_down_to_a_few_records() -> None:
    steps = grown()
    steps.took(1000, 3.0)
    assert steps.size == 500
    for _ in range(20):
        steps.took(steps.size, 3.0)
    assert steps.size == FEWEST


def test_a_lost_transaction_makes_much_smaller_steps() -> None:
    steps = grown()
    steps.failed()
    assert steps.size == 250
    steps.took(250, 1.0)
    assert steps.size == 250
