"""Secrets at rest open with their key, at their place, unchanged; and in no other way."""

import pytest

from reglament.sealing import Sealer, Unsealable

SEALER = Sealer("secret-of-the-service", "credentials")


def test_what_was_sealed_opens_at_its_place() -> None:
    sealed = SEALER.seal("пароль", "ticket-1")
    assert SEALER.open(sealed, "ticket-1") == "пароль"
    assert "пароль".encode() not in sealed


def test_the_same_text_is_sealed_differently_every_time() -> None:
    assert len({SEALER.seal("text", "ticket-1") for _ in range(50)}) == 50


@pytest.mark.parametrize(
    ("sealer", "place"),
    [
        (SEALER, "ticket-2"),
        (Sealer("another-secret", "credentials"), "ticket-1"),
        (Sealer("secret-of-the-service", "webhooks"), "ticket-1"),
    ],
    ids=["another place", "another key", "another purpose"],
)
def test_it_opens_in_no_other_way(sealer: Sealer, place: str) -> None:
    with pytest.raises(Unsealable):
        sealer.open(SEALER.seal("text", "ticket-1"), place)


def test_a_changed_byte_is_noticed_wherever_it_is() -> None:
    sealed = SEALER.seal("text", "ticket-1")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(Unsealable):
            SEALER.open(bytes(changed), "ticket-1")
    with pytest.raises(Unsealable):
        SEALER.open(b"", "ticket-1")
