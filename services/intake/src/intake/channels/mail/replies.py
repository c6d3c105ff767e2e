"""A letter to a ticket that is there: a message, or what a returned request lacked."""

from collections.abc import Sequence
from dataclasses import replace

from intake.channels.mail.finding import Found
from intake.channels.mail.posting import Post, Reading, answerable, carry_out
from intake.channels.mail.requests import as_information, locale_of, uploads
from intake.domain.commands import AddMessage, ProvideInformation, TicketCommand
from intake.domain.phases import KIND as STATUS_CONFLICT
from intake.domain.ticket import Ticket
from intake.letters.store import Decision
from intake.office.completion import Returned, completed, merged
from intake.office.incoming import Information, Sender, text_parts
from intake.office.registration import stream_of
from intake.personal_data import Contact, Content, Owner, Upload, new_content
from reglament.command_handler import Submission
from reglament.errors import NotFound, Refused, Violation
from reglament.events.registry import Actor, Event
from reglament.events.tickets import AttachmentRef, TicketOpened
from reglament.projections import Row


async def reply(post: Post, reading: Reading, found: Found) -> None:
    """End the letter as part of the ticket that was found.

    Raises Refused: `status-conflict` where the desk wants a new request instead, and where its
    requester was erased: whoever writes then is somebody new.
    """
    row, rule = found.row or {}, found.rule
    if found.engineer is not None:
        await _message(post, reading, row, rule, Actor(kind="engineer", id=found.engineer))
        return
    if await _is_erased(post, row):
        raise Refused([Violation(rule="requester-erased")], kind=STATUS_CONFLICT)
    policy = post.office.newest(reading.stored.desk).policy
    information = as_information(reading.letter, policy, reading.at)
    if row["phase"] == "returned":
        await _complete(post, reading, row, information, rule)
    elif row["phase"] == "waiting" and information.fields:
        await _inform(post, reading, row, information)
    else:
        await _message(post, reading, row, rule)


async def _is_erased(post: Post, row: Row) -> bool:
    ref = (row["content"]["id"], row["content"]["version"])
    return "erased_at" in (await post.doors.data.parts([ref])).get(ref, {})


async def _inform(post: Post, reading: Reading, row: Row, information: Information) -> None:
    """What was asked for, in labelled lines (EIL-11, WIS-11): it ends the waiting."""
    command, said = _provided(post, reading, row, information)
    sender = Sender(email=reading.letter.sender or "", authenticated=reading.verdict.authenticated)
    found = await post.office.identified(row, information.fields, sender)
    command = replace(command, identified=found)
    decision = Decision(outcome="message", rule="information", ticket=row["key"])
    await carry_out(
        post,
        reading,
        _submission(post, reading, row, command, [said]),
        lambda _: decision,
        (row["key"], information.files),
    )


def _provided(
    post: Post, reading: Reading, row: Row, information: Information
) -> tuple[ProvideInformation, Content]:
    parts = text_parts(information.body, information.files)
    owner = Owner(ticket=row["key"], requester=row["requester"])
    said = new_content({**parts, "fields": dict(information.fields)}, owner)
    command = ProvideInformation(
        at=reading.at,
        actor=reading.how(post.now()).actor,
        fields=tuple(information.fields),
        content=said.ref,
        attachments=_refs(information.files),
    )
    return command, said


async def _message(
    post: Post, reading: Reading, row: Row, rule: str, actor: Actor | None = None
) -> None:
    """The requester's word; or the answer of the engineer who is `actor`."""
    files = uploads(reading.letter)
    owner = Owner(ticket=row["key"], requester=row["requester"] if actor else reading.requester)
    content = new_content(text_parts(reading.letter.fresh, files), owner)
    command = AddMessage(
        at=reading.at,
        actor=actor or reading.how(post.now()).actor,
        message=reading.stored.id,
        visibility="public",
        author_kind="engineer" if actor else "requester",
        channel="email",
        content=content.ref,
        attachments=_refs(files),
        message_id=reading.letter.message_id,
    )
    decision = Decision(outcome="message", rule=rule, ticket=row["key"])
    await carry_out(
        post,
        reading,
        _submission(post, reading, row, command, [content]),
        lambda _: decision,
        (row["key"], files),
    )


async def _complete(
    post: Post, reading: Reading, row: Row, information: Information, rule: str
) -> None:
    """WIS-06: the reply that adds what was missing opens the ticket under the same number."""
    reading = await answerable(post, reading)
    policy = post.office.newest(reading.stored.desk).policy
    how = reading.how(post.now())
    returned = await _returned(post, reading, row)
    incoming = merged(returned, information)
    sender = replace(incoming.sender, authenticated=reading.verdict.authenticated)
    incoming = replace(incoming, sender=sender)
    known = await post.doors.register.look_up(policy, incoming, None)
    whole, content = completed(returned, incoming, how, known.entitlement)
    command, said = _provided(post, reading, row, information)
    whole = replace(whole, unanswered=not reading.verdict.may_answer)
    command = replace(command, completed=whole)

    def outcome_of(events: Sequence[Event]) -> Decision:
        is_open = any(isinstance(event, TicketOpened) for event in events)
        return Decision(outcome="ticket" if is_open else "returned", rule=rule, ticket=row["key"])

    await carry_out(
        post,
        reading,
        _submission(post, reading, row, command, [said, content]),
        outcome_of,
        (row["key"], information.files),
    )


async def _returned(post: Post, reading: Reading, row: Row) -> Returned:
    ref = (row["content"]["id"], row["content"]["version"])
    parts = (await post.doors.data.parts([ref])).get(ref)
    if parts is None:
        raise NotFound("content", ref[0])
    contact = await post.doors.data.contact(row["requester"])
    return Returned(row=row, parts=parts, contact=contact or contact_of(reading))


def contact_of(reading: Reading) -> Contact:
    """How the letter's sender is reached."""
    return Contact(
        requester=reading.requester,
        desk=reading.stored.desk,
        email=reading.letter.sender or "",
        name=reading.letter.sender_name,
        locale=locale_of(reading.letter),
    )


def _refs(files: Sequence[Upload]) -> tuple[AttachmentRef, ...]:
    return tuple(
        AttachmentRef(id=file.id, format=file.format, size=len(file.content)) for file in files
    )


def _submission(
    post: Post, reading: Reading, row: Row, command: TicketCommand, contents: Sequence[Content]
) -> Submission[TicketCommand, Ticket]:
    desk = reading.stored.desk
    return Submission(
        stream=stream_of(row["key"]),
        subject=row["key"],
        desk=desk,
        command=command,
        decider_for=post.office.decider_for(desk),
        context=reading.how(post.now()).context,
        records=tuple(content.record for content in contents),
        rows=tuple(content.row for content in contents),
    )
