import pytest
from hypothesis import given
from hypothesis import strategies as st

from reglament.mail.message_ids import (
    LOCAL_PART_LIMIT,
    message_id,
    own_message_id,
    own_reply_address,
    reply_address,
)

KEY = "k" * 32
OTHER = "o" * 32
TICKET = "0192f0c1-7e5b-7c3a-8f00-0123456789ab"


@given(effect=st.text(min_size=1, max_size=80))
def test_a_message_id_names_its_ticket_whatever_the_effect_is_called(effect: str) -> None:
    made = message_id(KEY, ticket=TICKET, effect=effect, domain="Desk.Example")
    found = own_message_id(KEY, made)
    assert found is not None
    assert found.ticket == TICKET
    assert len(made) < 250
    assert "\n" not in made


def test_the_same_effect_has_the_same_message_id_at_every_try() -> None:
    first = message_id(KEY, ticket=TICKET, effect="opened-1", domain="desk.example")
    assert first == message_id(KEY, ticket=TICKET, effect="opened-1", domain="desk.example")
    assert first != message_id(KEY, ticket=TICKET, effect="opened-2", domain="desk.example")


def test_a_server_that_changes_the_case_of_a_message_id_breaks_nothing() -> None:
    made = message_id(KEY, ticket=TICKET, effect="7f", domain="desk.example")
    assert own_message_id(KEY, made.replace("desk.example", "DESK.example")) is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("opened", "closed"),
        ("ab.", "ac."),
        ("desk.example", "desk.example.evil"),
        ("@", "0@"),
        ("<0192", "<ticket-0192"),
    ],
)
def test_a_changed_message_id_is_nobodys(old: str, new: str) -> None:
    made = message_id(KEY, ticket=TICKET, effect="opened", domain="desk.example")
    altered = made.replace(old, new, 1)
    assert altered != made
    assert own_message_id(KEY, altered) is None


def test_a_message_id_of_another_installation_is_not_ours() -> None:
    made = message_id(OTHER, ticket=TICKET, effect="opened", domain="desk.example")
    assert own_message_id(KEY, made) is None


def test_a_reply_address_names_its_ticket_in_any_case() -> None:
    address = reply_address(KEY, ticket=TICKET, mailbox="support@desk.example")
    assert len(address.split("@")[0]) <= LOCAL_PART_LIMIT
    assert own_reply_address(KEY, address) == TICKET
    assert own_reply_address(KEY, address.upper()) == TICKET


def test_a_reply_address_of_one_mailbox_does_not_serve_another() -> None:
    address = reply_address(KEY, ticket=TICKET, mailbox="support@desk.example")
    assert own_reply_address(KEY, address.replace("desk", "other")) is None
    assert own_reply_address(OTHER, address) is None


def test_a_mailbox_too_long_to_sign_is_answered_plainly() -> None:
    mailbox = "very-long-name@desk.example"
    assert reply_address(KEY, ticket=TICKET, mailbox=mailbox) == mailbox
    assert own_reply_address(KEY, mailbox) is None


@given(st.text(max_size=120))
def test_no_guess_is_ever_ours(guess: str) -> None:
    assert own_message_id(KEY, guess) is None
    assert own_reply_address(KEY, guess) is None
    assert own_reply_address(KEY, f"support+{guess}@desk.example") is None
