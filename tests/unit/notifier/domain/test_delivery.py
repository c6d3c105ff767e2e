"""Waiting before a try, and giving up."""

from datetime import timedelta

import pytest

from notifier.domain.delivery import LETTER_WAITS, is_final, limit, wait_before


def test_waits_grow_until_the_last_try() -> None:
    waits = [wait_before(attempt, LETTER_WAITS, 0) for attempt in range(1, len(LETTER_WAITS) + 1)]
    assert [wait.total_seconds() for wait in waits if wait] == list(LETTER_WAITS)
    assert wait_before(len(LETTER_WAITS) + 1, LETTER_WAITS, 0) is None


def test_what_failed_together_is_spread_by_a_tenth() -> None:
    spread = {wait_before(1, LETTER_WAITS, seed) or timedelta() for seed in range(1000)}
    assert max(spread) < timedelta(seconds=5.5)
    assert len(spread) > 500


@pytest.mark.parametrize(("code", "final"), [(421, False), (450, False), (550, True), (554, True)])
def test_only_a_5xx_ends_it(code: int, final: bool) -> None:
    assert is_final(code) is final


def test_a_limit_is_a_number_and_a_window() -> None:
    assert limit("20/h") == (20, timedelta(hours=1))
    assert limit("5/d") == (5, timedelta(days=1))
