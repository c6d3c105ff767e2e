from email.generator import BytesGenerator
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from io import BytesIO

from reglament.mail.headers import WIRE

LONG = f"<{'a' * 120}@north.example>"


def test_message_ids_are_folded_between_one_another_only() -> None:
    letter = EmailMessage(policy=WIRE)
    letter["References"] = f"{LONG} <b@c> {LONG}"
    assert letter.as_bytes() == f"References: {LONG}\r\n <b@c>\r\n {LONG}\r\n\r\n".encode()


def test_they_stay_so_with_the_policy_that_the_smtp_client_chooses() -> None:
    letter, wire = EmailMessage(policy=WIRE), BytesIO()
    letter["In-Reply-To"] = LONG
    BytesGenerator(wire, policy=SMTP).flatten(letter)
    assert wire.getvalue() == f"In-Reply-To: {LONG}\r\n\r\n".encode()


def test_what_stands_alike_in_two_letters_is_read_once() -> None:
    one, other = EmailMessage(policy=WIRE), EmailMessage(policy=WIRE)
    for letter in (one, other):
        letter["Auto-Submitted"] = "auto-replied"
    assert one["Auto-Submitted"] is other["Auto-Submitted"]


def test_of_two_addresses_each_letter_has_its_own() -> None:
    one, other = EmailMessage(policy=WIRE), EmailMessage(policy=WIRE)
    one["To"], other["To"] = Address("Ann", "ann", "a.example"), Address("Bob", "bob", "b.example")
    assert (str(one["To"]), str(other["To"])) == ("Ann <ann@a.example>", "Bob <bob@b.example>")
    assert type(one["To"]) is type(other["To"])
