"""Rows of a new table: no key that was written is forgotten, no character changed."""

import pytest

from reglament.ids import new_id
from reglament.rebuild_rows import Known, copied


def test_nothing_is_known_at_first() -> None:
    assert not Known(16).among(new_id() for _ in range(100))


@pytest.mark.parametrize("bits", [3, 10, 20])
def test_every_key_that_was_written_is_known_however_small_the_memory(bits: int) -> None:
    known, written = Known(bits), {new_id() for _ in range(1000)}
    known.add(written)
    assert known.among(written) == written


def test_few_keys_are_taken_for_known_that_were_not_written() -> None:
    known = Known(20)
    known.add(new_id() for _ in range(20_000))
    assert len(known.among(new_id() for _ in range(10_000))) < 100


def test_what_has_a_meaning_in_copy_is_escaped() -> None:
    assert copied([["a", "б"], ["c", ""]]) == "a\tб\nc\t\n".encode()
    assert copied([["a", "\\N"], ["\t", "\r\n"]]) == b"a\t\\\\N\n\\t\t\\r\\n\n"
