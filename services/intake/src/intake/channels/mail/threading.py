"""To which ticket a letter belongs (semantics 19). Pure: who looks tickets up is the shell."""

from dataclasses import dataclass
from typing import Literal

from intake.channels.mail.letter import ParsedLetter
from reglament.mail.message_ids import own_message_id, own_reply_address
from reglament.mail.subjects import find_numbers

NUMBER_LIMIT = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A ticket of this desk that a letter may belong to; `participants` as requester ids."""

    ticket: str
    participants: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """`ticket` to which the letter belongs, None for a new request; `rule` that decided.

    maybe_related: the ticket that a new request names without having shown that it may.
    """

    ticket: str | None = None
    rule: Literal["reply-address", "message-id", "number", "new"]
    maybe_related: str | None = None


def signed_tickets(letter: ParsedLetter, secret: str) -> tuple[tuple[str, str], ...]:
    """(ticket, rule) of each signed address and Message-ID of ours, in the order of belief."""
    by_address = (own_reply_address(secret, address) for address in letter.recipients)
    ids = (*letter.in_reply_to, *reversed(letter.references))
    by_id = (own_message_id(secret, value) for value in ids)
    found = [(ticket, "reply-address") for ticket in by_address if ticket is not None]
    found += [(own.ticket, "message-id") for own in by_id if own is not None]
    return tuple(dict.fromkeys(found))


def named_numbers(letter: ParsedLetter, pattern: str) -> tuple[str, ...]:
    """The desk's ticket numbers in the subject, whatever prefix stands before them."""
    return find_numbers(pattern, letter.subject)[:NUMBER_LIMIT]


def thread(
    signed: tuple[tuple[Candidate, str], ...],
    numbered: tuple[Candidate, ...],
    *,
    requester: str,
    is_authentic: bool,
) -> Thread:
    """Where the letter goes. A number serves only a participant whose mail is authenticated.

    signed and numbered: those that exist on this desk, in the order of belief.
    """
    for candidate, rule in signed:
        by_address = rule == "reply-address"
        return Thread(ticket=candidate.ticket, rule="reply-address" if by_address else "message-id")
    for candidate in numbered:
        if is_authentic and requester in candidate.participants:
            return Thread(ticket=candidate.ticket, rule="number")
    named = numbered[0].ticket if numbered else None
    return Thread(rule="new", maybe_related=named)
