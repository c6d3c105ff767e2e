"""Steps shrink where transactions last, and grow again where they do not."""

from reglament.messaging.steps import FEWEST, Steps


def test_long_transactions_make_smaller_steps_down_to_a_few_records() -> None:
    steps = Steps(1000)
    steps.took(3.0)
    assert steps.size == 500
    for _ in range(20):
        steps.took(3.0)
    assert steps.size == FEWEST


def test_a_lost_transaction_makes_much_smaller_steps() -> None:
    steps = Steps(1000)
    steps.failed()
    assert steps.size == 250


def test_short_transactions_make_bigger_steps_up_to_the_most() -> None:
    steps = Steps(1000)
    steps.failed()
    steps.took(1.0)
    assert steps.size == 250
    for _ in range(5):
        steps.took(0.1)
    assert steps.size == 1000
