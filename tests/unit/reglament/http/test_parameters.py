"""What a query's times suffer on their way."""

import pytest

from reglament.http.parameters import plus


@pytest.mark.parametrize(
    ("came", "meant"),
    [
        ("2026-11-18T16:00:00 03:00", "2026-11-18T16:00:00+03:00"),
        ("2026-11-18T16:00:00 0300", "2026-11-18T16:00:00+0300"),
        ("2026-11-18T16:00:00-03:00", "2026-11-18T16:00:00-03:00"),
        ("2026-11-18 16:00:00Z", "2026-11-18 16:00:00Z"),
        (" 2026-11-18T16:00:00Z ", "2026-11-18T16:00:00Z"),
    ],
)
def test_a_plus_that_was_not_encoded_is_one_again(came: str, meant: str) -> None:
    assert plus(came) == meant
