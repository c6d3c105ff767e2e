import random

import pytest

from intake.channels.mail.threading import Candidate, named_numbers, signed_tickets, thread
from reglament.mail.message_ids import message_id, reply_address
from tests.unit.intake.channels.mail.letters import letter

KEY = "k" * 32
TICKET = "0192f0c1-7e5b-7c3a-8f00-0123456789ab"
OTHER = "0192f0c1-7e5b-7c3a-8f00-0123456789ac"
OURS = message_id(KEY, ticket=TICKET, effect="opened", domain="desk.example")
FOUND = Candidate(ticket=TICKET, participants=frozenset({"ann"}))


@pytest.mark.parametrize("header", ["In-Reply-To", "References"])
def test_our_message_id_names_the_ticket(header: str) -> None:
    answer = letter(headers={header: f"<x@y> {OURS}"})
    assert signed_tickets(answer, KEY) == ((TICKET, "message-id"),)


def test_the_signed_reply_address_comes_before_the_message_id() -> None:
    address = reply_address(KEY, ticket=OTHER, mailbox="support@desk.example")
    answer = letter(headers={"To": f"Desk <{address}>", "In-Reply-To": OURS})
    assert signed_tickets(answer, KEY) == ((OTHER, "reply-address"), (TICKET, "message-id"))


def test_a_forged_message_id_names_nothing() -> None:
    assert signed_tickets(letter(headers={"References": OURS.replace("opened", "x")}), KEY) == ()


def test_a_signed_answer_attaches_whoever_writes_it() -> None:
    found = thread(((FOUND, "message-id"),), (), requester="bob", is_authentic=False)
    assert (found.ticket, found.rule) == (TICKET, "message-id")


def test_a_number_attaches_a_participant() -> None:
    found = thread((), (FOUND,), requester="ann", is_authentic=True)
    assert (found.ticket, found.rule) == (TICKET, "number")


@pytest.mark.parametrize(("requester", "is_authentic"), [("bob", True), ("ann", False)])
def test_a_number_from_anybody_else_makes_a_request_maybe_related(
    requester: str, is_authentic: bool
) -> None:
    found = thread((), (FOUND,), requester=requester, is_authentic=is_authentic)
    assert (found.ticket, found.rule, found.maybe_related) == (None, "new", TICKET)


def test_a_letter_that_names_nothing_is_a_new_request() -> None:
    assert thread((), (), requester="ann", is_authentic=True).rule == "new"


def test_the_number_is_read_behind_any_prefix() -> None:
    answer = letter(headers={"Subject": "Отв: [REM-000042] x"})
    assert named_numbers(answer, "REM-{sequence:06d}") == ("REM-000042",)


def test_no_guess_attaches() -> None:
    rng = random.Random(7)  # noqa: S311 - a repeatable attacker
    for _ in range(2000):
        guess = f"<{TICKET}.opened.{rng.getrandbits(128):032x}@desk.example>"
        address = f"support+{''.join(rng.choices('abcdefghijklmnopqrstuvwxyz234567', k=52))}"
        forged = letter(headers={"References": guess, "To": f"{address}@desk.example"})
        assert signed_tickets(forged, KEY) == ()
