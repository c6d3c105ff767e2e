"""Any change of a history shows, and where."""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reglament.events.envelope import Envelope, chained
from reglament.events.tickets import TicketClosed
from reglament.eventstore.chain import check
from reglament.testing import AT, SYSTEM, envelopes

HISTORY = envelopes("t", *(TicketClosed(at=AT, actor=SYSTEM) for _ in range(5)))
HEAD = HISTORY[-1].hash
CHANGES: dict[str, Callable[[Envelope], Envelope]] = {
    "data": lambda one: msgspec.structs.replace(one, data=one.data + b" "),
    "time": lambda one: msgspec.structs.replace(one, at=one.at - timedelta(seconds=1)),
    "type": lambda one: msgspec.structs.replace(one, type="TicketReopened"),
    "desk": lambda one: msgspec.structs.replace(one, desk="other"),
    "cause": lambda one: msgspec.structs.replace(one, causation_id="x"),
    "hash": lambda one: msgspec.structs.replace(one, hash="0" * 64),
}


def test_a_history_that_nobody_touched_holds() -> None:
    assert check("s", 5, HEAD, HISTORY).broken_at is None


@given(at=st.integers(0, 4), change=st.sampled_from(sorted(CHANGES)))
@settings(max_examples=60)
def test_a_changed_event_is_named(at: int, change: str) -> None:
    tampered = list(HISTORY)
    tampered[at] = CHANGES[change](tampered[at])
    proof = check("s", 5, HEAD, tampered)
    assert (proof.broken_at, proof.fault) == (at + 1, "content")


@pytest.mark.parametrize("at", range(5))
def test_a_missing_event_is_named(at: int) -> None:
    proof = check("s", 5, HEAD, [*HISTORY[:at], *HISTORY[at + 1 :]])
    assert (proof.broken_at, proof.fault) == (at + 1, "missing")


def test_two_events_that_changed_places_are_named() -> None:
    swapped = [HISTORY[0], HISTORY[2], HISTORY[1], *HISTORY[3:]]
    assert check("s", 5, HEAD, swapped).broken_at == 2


def test_an_event_that_was_hashed_anew_breaks_the_link_of_the_next() -> None:
    forged = chained(CHANGES["desk"](HISTORY[1]), HISTORY[0].hash)
    proof = check("s", 5, HEAD, [HISTORY[0], forged, *HISTORY[2:]])
    assert (proof.broken_at, proof.fault) == (3, "link")


def test_a_history_that_was_hashed_anew_to_its_end_has_another_head() -> None:
    forged = chained(CHANGES["desk"](HISTORY[4]), HISTORY[3].hash)
    proof = check("s", 5, HEAD, [*HISTORY[:4], forged])
    assert (proof.broken_at, proof.fault) == (5, "head")


def test_an_event_that_was_added_at_the_end_shows() -> None:
    longer = envelopes("t", *(TicketClosed(at=AT, actor=SYSTEM) for _ in range(6)))
    assert check("s", 5, longer[4].hash, longer).fault == "head"
