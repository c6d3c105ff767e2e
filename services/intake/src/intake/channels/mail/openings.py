"""A letter that asks for something new: registered, returned, refused, or the same again."""

from collections.abc import Sequence
from dataclasses import replace

from intake.channels.mail.posting import SYSTEM, Post, Reading, answerable, carry_out
from intake.channels.mail.replies import contact_of
from intake.channels.mail.requests import as_incoming
from intake.domain.commands import JoinDuplicate, TicketCommand
from intake.domain.phases import KIND as STATUS_CONFLICT
from intake.domain.ticket import Ticket
from intake.letters.store import Decision
from intake.office.incoming import Incoming, request_parts
from intake.office.registration import Identity, fingerprint_of, prepare, stream_of, submission
from intake.personal_data import Owner, contact_effects, new_content
from reglament.command_handler import Submission
from reglament.decider import Decider
from reglament.errors import Refused
from reglament.events.registry import Event
from reglament.events.tickets import BrokenRule, LetterRefused, Request, TicketReturned


async def open_request(post: Post, reading: Reading, related: str | None) -> None:
    """End the letter as a new request. related: the ticket that it may be about, unproven."""
    reading = await answerable(post, reading)
    desk = reading.stored.desk
    newest = post.office.newest(desk)
    incoming = as_incoming(reading.letter, reading.verdict, newest.policy, reading.at, related)
    fingerprint = fingerprint_of(post.doors.secret, newest.policy, incoming)
    known = await post.doors.register.look_up(newest.policy, incoming, fingerprint)
    if known.duplicate_of and await _joined(post, reading, incoming, known.duplicate_of):
        return
    # The ticket bears the letter's id: a second try is a conflict, never a second ticket.
    identity = Identity(
        ticket=reading.stored.id,
        requester=reading.requester,
        fingerprint=fingerprint,
        times=known.times,
    )
    prepared = prepare(desk, incoming, reading.how(post.now()), identity, known.entitlement)
    unanswered = replace(prepared.command, unanswered=not reading.verdict.may_answer)
    policy = (newest.version, newest.policy)
    try:
        await carry_out(
            post,
            reading,
            submission(
                replace(prepared, command=unanswered), post.office.decider_for(desk), policy, None
            ),
            lambda events: _became(reading, events, related),
            (identity.ticket, incoming.files),
        )
    except Refused as refusal:
        await refuse(post, reading, refusal)


def _became(reading: Reading, events: Sequence[Event], related: str | None) -> Decision:
    rule = "maybe-related" if related else reading.verdict.rule
    for event in events:
        if isinstance(event, Request) and event.violations:
            rule = event.violations[0].rule
        if isinstance(event, TicketReturned):
            return Decision(outcome="returned", rule=rule, ticket=reading.stored.id)
    return Decision(outcome="ticket", rule=rule, ticket=reading.stored.id)


async def _joined(post: Post, reading: Reading, incoming: Incoming, first: str) -> bool:
    """Whether the first ticket takes the same request again (MIC-13); a refused one does not."""
    how = reading.how(post.now())
    owner = Owner(ticket=first, requester=reading.requester)
    content = new_content(request_parts(incoming), owner)
    command = JoinDuplicate(
        at=reading.at,
        actor=how.actor,
        channel="email",
        content=content.ref,
        message_id=incoming.message_id,
        unanswered=not reading.verdict.may_answer,
    )
    again: Submission[TicketCommand, Ticket] = Submission(
        stream=stream_of(first),
        subject=first,
        desk=reading.stored.desk,
        command=command,
        decider_for=post.office.decider_for(reading.stored.desk),
        context=how.context,
        records=(content.record,),
        rows=(content.row,),
    )
    decision = Decision(outcome="duplicate", rule="same-request", ticket=first)
    try:
        await carry_out(post, reading, again, lambda _: decision)
    except Refused as refusal:
        if refusal.kind != STATUS_CONFLICT:
            raise
        return False
    return True


async def refuse(post: Post, reading: Reading, refusal: Refused) -> None:
    """Nothing is registered; the letter is answered, unless it may not be (semantics 21)."""
    rule = refusal.violations[0].rule if refusal.violations else refusal.kind
    decision = Decision(outcome="refused", rule=rule)
    if not reading.verdict.may_answer:
        await post.letters.decide(reading.stored.id, decision, post.now())
        return
    event = LetterRefused(
        at=reading.at,
        actor=SYSTEM,
        requester=reading.requester,
        violations=tuple(
            BrokenRule(rule=each.rule, field=each.field, detail=each.detail)
            for each in refusal.violations
        ),
        kind=refusal.kind,
        message_id=reading.letter.message_id,
    )
    record, row = contact_effects(contact_of(reading))
    await carry_out(
        post,
        reading,
        Submission(
            stream=f"letter/{reading.stored.id}",
            subject=reading.stored.id,
            desk=reading.stored.desk,
            command=event,
            decider_for=lambda _: _REFUSING,
            context=reading.how(post.now()).context,
            policy_version=post.office.newest(reading.stored.desk).version,
            records=(record,),
            rows=(row,),
            new=True,
        ),
        lambda _: decision,
    )


def _said(command: LetterRefused, state: bool) -> Sequence[Event]:
    return [] if state else [command]


_REFUSING: Decider[LetterRefused, bool] = Decider(
    decide=_said, evolve=lambda _state, _event: True, initial_state=False
)
