"""A hundred thousand guesses by a stranger: none attaches (semantics 19; reliability c1).

The real code and real signatures; `GUESSES` in the environment makes it more or fewer.
"""

import base64
import os
import random
import uuid

from msgspec.structs import replace

from intake.channels.mail.letter import ParsedLetter
from intake.channels.mail.threading import Candidate, named_numbers, signed_tickets, thread
from reglament.mail.message_ids import message_id, reply_address
from tests.unit.intake.channels.mail.letters import letter

KEY = "k" * 32
TICKET = "0192f0c1-7e5b-7c3a-8f00-0123456789ab"
MAILBOX = "support@desk.example"
GUESSES = int(os.environ.get("GUESSES", "3000"))
OURS = message_id(KEY, ticket=TICKET, effect="opened", domain="desk.example")
ADDRESS = reply_address(KEY, ticket=TICKET, mailbox=MAILBOX)
PLAIN = letter()


def altered(rng: random.Random, text: str, alphabet: str) -> str:
    """One character of it another one."""
    at = rng.randrange(len(text))
    return text[:at] + rng.choice([c for c in alphabet if c != text[at]]) + text[at + 1 :]


def guessed_id(rng: random.Random) -> str:
    """The known ticket's id with a signature made up, altered, or of another ticket or key."""
    ticket, effect, rest = OURS.strip("<>").split(".", 2)
    signature, domain = rest.split("@")
    other = str(uuid.UUID(int=rng.getrandbits(128)))
    forms = (
        f"<{ticket}.{effect}.{rng.randbytes(16).hex()}@{domain}>",
        f"<{ticket}.{effect}.{altered(rng, signature, '0123456789abcdef')}@{domain}>",
        f"<{other}.{effect}.{signature}@{domain}>",
        f"<{ticket}.{altered(rng, effect, 'abcdefxyz')}.{signature}@{domain}>",
        f"<{ticket}.{effect}.{signature}@x{domain}>",
        message_id(rng.randbytes(16).hex(), ticket=ticket, effect=effect, domain=domain),
        f"<{ticket}.{effect}.{signature[: rng.randrange(32)]}@{domain}>",
    )
    return rng.choice(forms)


def guessed_address(rng: random.Random) -> str:
    """The same of a reply address."""
    local, domain = ADDRESS.split("@")
    box, signed = local.split("+")
    made_up = base64.b32encode(rng.randbytes(16)).decode().rstrip("=").lower()
    forms = (
        f"{box}+{signed[:26]}{made_up}@{domain}",
        # the last character of 26 holds three bits only: one that changes no bit is no guess
        f"{box}+{signed[:26]}{altered(rng, signed[26:51], 'abcdefghijklmnopqrstuvwxyz234567')}"
        f"{signed[51]}@{domain}",
        f"{box}+{made_up}{signed[26:]}@{domain}",
        f"{box}x+{signed}@{domain}",
        f"{box}+{signed}@x{domain}",
        reply_address(rng.randbytes(16).hex(), ticket=TICKET, mailbox=MAILBOX),
    )
    return rng.choice(forms)


def test_no_guessed_message_id_or_address_attaches() -> None:
    assert signed_tickets(_with(OURS, ADDRESS), KEY)  # the true ones do
    rng = random.Random(1)  # noqa: S311 - repeatable guesses
    for _ in range(GUESSES):
        guess = _with(guessed_id(rng), guessed_address(rng))
        assert signed_tickets(guess, KEY) == (), (guess.in_reply_to, guess.recipients)


def test_no_number_attaches_a_stranger_and_each_is_told_as_maybe_related() -> None:
    rng = random.Random(2)  # noqa: S311
    there = Candidate(ticket=TICKET, participants=frozenset({"ann"}))
    for _ in range(GUESSES):
        number = f"REM-{rng.randrange(1_000_000):06d}"
        prefix = rng.choice(("Re: ", "Ответ: ", "AW: ", "答复: ", "", "Fwd: Re: "))
        named = named_numbers(_titled(f"{prefix}[{number}] printer"), "REM-{sequence:06d}")
        assert named == (number,)
        found = thread((), (there,), requester="eve", is_authentic=True)
        assert (found.ticket, found.maybe_related) == (None, TICKET)
        assert thread((), (there,), requester="ann", is_authentic=False).ticket is None


def _with(guessed: str, address: str) -> ParsedLetter:
    return replace(PLAIN, in_reply_to=(guessed,), references=(guessed,), recipients=(address,))


def _titled(subject: str) -> ParsedLetter:
    return replace(PLAIN, subject=subject)
