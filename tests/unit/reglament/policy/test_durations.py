"""Durations as a policy writes them."""

import pytest

from reglament.policy.durations import BusinessDays, Elapsed, elapsed_seconds, parse_duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", Elapsed(30)),
        ("15m", Elapsed(900)),
        ("8h", Elapsed(28800)),
        ("1h 30m", Elapsed(5400)),
        ("180d", Elapsed(180 * 86400)),
        ("-8h", Elapsed(-28800)),
        ("10 business days", BusinessDays(10)),
        ("1 business day", BusinessDays(1)),
    ],
)
def test_a_duration_reads_as_written(text: str, expected: Elapsed | BusinessDays) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", "8", "h", "8 hours", "1.5h", "ten business days", "8h!"])
def test_anything_else_is_refused_with_the_forms_understood(text: str) -> None:
    with pytest.raises(ValueError, match="business days"):
        parse_duration(text)


def test_business_days_are_no_seconds() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        elapsed_seconds("2 business days")
