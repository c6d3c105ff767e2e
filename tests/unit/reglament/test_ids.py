"""Identifiers: UUIDv7, each above the one before."""

import time
import uuid

from reglament.ids import new_id

MANY = 20_000


def test_ids_are_of_version_seven_and_of_this_moment() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid.UUID(new_id())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000 + 1


def test_many_made_at_once_sort_as_they_were_made() -> None:
    made = [new_id() for _ in range(MANY)]
    assert made == sorted(set(made))
