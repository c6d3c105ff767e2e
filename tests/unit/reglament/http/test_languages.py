"""The language of an answer."""

import pytest

from reglament.http.languages import accepted


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", None),
        ("de", None),
        ("fr", "fr"),
        ("fr-CA, en;q=0.9", "fr"),
        ("de, en;q=0.4, ru;q=0.6", "ru"),
        ("en;q=zero, ru;q=0.1", "ru"),
        ("RU-ru", "ru"),
    ],
)
def test_the_best_of_the_known_ones_is_taken(header: str, language: str | None) -> None:
    assert accepted(header, ("en", "ru", "fr")) == language
