"""A new ticket's submission: command, texts, contact, number, all in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from intake.domain.commands import OpenTicket, TicketCommand
from intake.domain.facts import Arrival, Entitlement
from intake.domain.ticket import Ticket
from intake.office.incoming import How, Incoming, as_request, request_parts
from intake.personal_data import Contact, Content, Effect, Owner, contact_effects, new_content
from reglament.command_handler import Submission
from reglament.decider import Decider
from reglament.events.envelope import Envelope
from reglament.eventstore.store import Answer, Numbering
from reglament.ids import pseudonym
from reglament.mail.addresses import mailbox_key
from reglament.mail.subjects import strip_prefixes
from reglament.policy.model import Policy

AnswerTo = Callable[[Sequence[Envelope], Content], Answer]
Deciders = Callable[[int | None], Decider[TicketCommand, Ticket]]
_FINGERPRINT = """
INSERT INTO request_fingerprints (desk, fingerprint, ticket, at, nth)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::int[])
"""


def stream_of(ticket: str) -> str:
    """The name of a ticket's stream."""
    return f"ticket/{ticket}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The ids of a new ticket: its own, its requester's, and the request's fingerprint.

    times: how often a request with this fingerprint has made a ticket before.
    """

    ticket: str
    requester: str
    fingerprint: str | None = None
    times: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A request on its way to becoming a ticket."""

    desk: str
    incoming: Incoming
    how: How
    identity: Identity
    content: Content
    command: OpenTicket


def fingerprint_of(secret: str, policy: Policy, incoming: Incoming) -> str | None:
    """The same for the same requester, subject and text (semantics 20); None: desk says nothing.

    Keyed, so that a text cannot be guessed from it.
    """
    if policy.duplicates is None:
        return None
    words = (strip_prefixes(incoming.subject), incoming.description)
    said = ["".join(text.casefold().split()) for text in words]
    return pseudonym(secret, "request", policy.desk, mailbox_key(incoming.sender.email), *said)


def prepare(
    desk: str, incoming: Incoming, how: How, identity: Identity, entitlement: Entitlement
) -> Registration:
    """The command with its texts put aside. Makes ids; writes nothing."""
    parts = request_parts(incoming)
    content = new_content(parts, Owner(ticket=identity.ticket, requester=identity.requester))
    command = OpenTicket(
        at=incoming.at,
        actor=how.actor,
        requester=identity.requester,
        content=content.ref,
        request=as_request(incoming),
        arrival=Arrival(channel=incoming.channel, entered_by=how.entered_by),
        entitlement=entitlement,
        message_id=incoming.message_id,
        maybe_related=incoming.maybe_related,
    )
    return Registration(
        desk=desk,
        incoming=incoming,
        how=how,
        identity=identity,
        content=content,
        command=command,
    )


def submission(
    registration: Registration,
    deciders: Deciders,
    policy: tuple[int, Policy],
    answer: AnswerTo | None,
) -> Submission[TicketCommand, Ticket]:
    """What the command handler carries out; `policy` is the newest version of the desk's."""
    incoming, identity = registration.incoming, registration.identity
    record, contact_row = contact_effects(
        Contact(
            requester=identity.requester,
            desk=registration.desk,
            email=incoming.sender.email,
            name=incoming.sender.name,
            phone=incoming.sender.phone,
            locale=incoming.sender.locale,
        )
    )
    return Submission(
        stream=stream_of(identity.ticket),
        subject=identity.ticket,
        desk=registration.desk,
        command=registration.command,
        decider_for=deciders,
        context=registration.how.context,
        policy_version=policy[0],
        expected=0,
        records=(record, registration.content.record),
        numbering=Numbering(desk=registration.desk, pattern=policy[1].number),
        answer=None if answer is None else lambda made: answer(made, registration.content),
        rows=(contact_row, registration.content.row, *_fingerprint_row(registration)),
        new=True,
    )


def _fingerprint_row(registration: Registration) -> tuple[Effect, ...]:
    identity = registration.identity
    if identity.fingerprint is None:
        return ()
    values = (
        registration.desk,
        identity.fingerprint,
        identity.ticket,
        registration.incoming.at,
        identity.times + 1,
    )
    return ((_FINGERPRINT, values),)
