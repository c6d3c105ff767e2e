"""The office: turns what comes in by any channel into commands on tickets (architecture 1).

API, mail channel and reactors all come through here, so that a request means the same by each.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from intake.domain.commands import JoinDuplicate, ProvideInformation, TicketCommand
from intake.domain.decider import ticket_decider
from intake.domain.facts import Arrival, Entitlement
from intake.domain.rules.channels import refuse_closed
from intake.domain.ticket import Ticket, initial_state
from intake.office.completion import Returned, completed, merged
from intake.office.incoming import (
    How,
    Incoming,
    Information,
    Outcome,
    Sender,
    request_parts,
    text_parts,
)
from intake.office.register import Register, identified_by
from intake.office.registration import (
    AnswerTo,
    Deciders,
    Identity,
    fingerprint_of,
    prepare,
    stream_of,
    submission,
)
from intake.personal_data import Content, Effect, Owner, PersonalData, new_content
from reglament.command_handler import Submission, handle
from reglament.decider import Decider
from reglament.errors import Conflict, NotFound, NotYet, Unavailable
from reglament.events.envelope import Envelope
from reglament.events.tickets import AttachmentRef
from reglament.eventstore.store import Answer, Appended, EventStore
from reglament.ids import new_id, pseudonym
from reglament.mail.addresses import mailbox_key
from reglament.policy_book import PolicyBook, PolicyVersion
from reglament.projections import Row

ATTEMPTS = 5
Answering = Callable[[Sequence[Envelope]], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A ticket that is there."""

    ticket: str
    desk: str
    requester: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What the office works with."""

    store: EventStore
    policies: PolicyBook
    register: Register
    data: PersonalData
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A command with the texts that it refers to."""

    command: TicketCommand
    contents: tuple[Content, ...]


class Office:
    """One a process."""

    def __init__(self, doors: Doors) -> None:
        """Everything it needs, passed in."""
        self._doors = doors

    def newest(self, desk: str) -> PolicyVersion:
        """The rules for a new request. Raises NotFound for a desk that has none."""
        try:
            return self._doors.policies.newest(desk)
        except NotYet as fault:
            raise NotFound("desk", desk) from fault

    def requester_of(self, desk: str, email: str) -> str:
        """The pseudonym of an address at a desk."""
        return pseudonym(self._doors.secret, desk, mailbox_key(email))

    def decider_for(self, desk: str) -> Deciders:
        """The decider under a pinned version of the desk's rules (semantics 16)."""

        def pick(version: int | None) -> Decider[TicketCommand, Ticket]:
            if version is None:
                return ticket_decider(self.newest(desk).policy)
            return ticket_decider(self._doors.policies.get(desk, version))

        return pick

    async def open(
        self, desk: str, incoming: Incoming, how: How, answer: AnswerTo | None = None
    ) -> Outcome:
        """Register or return it; or raise Refused: then nothing is kept.

        `is_duplicate`: the same request is there already and nothing was done: `join` it.
        """
        newest = self.newest(desk)
        fingerprint = fingerprint_of(self._doors.secret, newest.policy, incoming)
        for _ in range(ATTEMPTS):
            # A conflict: the same request was made at this instant. Then it is there to be found.
            with suppress(Conflict):
                return await self._open((newest, fingerprint), incoming, how, answer)
        raise Unavailable("the same request is being made over and over")

    async def _open(
        self,
        under: tuple[PolicyVersion, str | None],
        incoming: Incoming,
        how: How,
        answer: AnswerTo | None,
    ) -> Outcome:
        newest, fingerprint = under
        desk = newest.desk
        known = await self._doors.register.look_up(newest.policy, incoming, fingerprint)
        if known.duplicate_of is not None:
            arrival = Arrival(channel=incoming.channel, entered_by=how.entered_by)
            refuse_closed(newest.policy, arrival, incoming.at)
            return Outcome(ticket=known.duplicate_of, is_duplicate=True)
        identity = Identity(
            ticket=new_id(),
            requester=self.requester(desk, incoming),
            fingerprint=fingerprint,
            times=known.times,
        )
        registration = prepare(desk, incoming, how, identity, known.entitlement)
        if incoming.files:
            # A refusal keeps nothing: so it is asked before the files are put down.
            ticket_decider(newest.policy).decide(registration.command, initial_state)
            await self._doors.data.keep_files(identity.ticket, incoming.files)
        policy = (newest.version, newest.policy)
        made = submission(registration, self.decider_for(desk), policy, answer)
        try:
            appended = await handle(self._doors.store, made)
        except Conflict:
            await self._doors.data.drop_files(identity.ticket)
            raise
        return _outcome(identity.ticket, appended)

    def requester(self, desk: str, incoming: Incoming) -> str:
        """The id of who asks: as known, else of the address, else of the phone."""
        sender = incoming.sender
        return sender.id or self.requester_of(desk, sender.email or sender.phone or sender.name)

    async def join(
        self, standing: Standing, incoming: Incoming, how: How, answer: Answering | None = None
    ) -> Appended:
        """The same request joins the first (MIC-13). Raises Refused where that takes none."""
        owner = Owner(ticket=standing.ticket, requester=self.requester(standing.desk, incoming))
        content = new_content(request_parts(incoming), owner)
        command = JoinDuplicate(
            at=incoming.at,
            actor=how.actor,
            channel=incoming.channel,
            content=content.ref,
            message_id=incoming.message_id,
        )
        return await self.act(standing, command, how, contents=(content,), answer=answer)

    async def act(
        self,
        standing: Standing,
        command: TicketCommand,
        how: How,
        *,
        contents: Sequence[Content] = (),
        answer: Answering | None = None,
        rows: tuple[Effect, ...] = (),
    ) -> Appended:
        """Carry out a command on a ticket that is there. Raises Refused, Conflict, KeyReused."""
        return await handle(
            self._doors.store,
            Submission(
                stream=stream_of(standing.ticket),
                subject=standing.ticket,
                desk=standing.desk,
                command=command,
                decider_for=self.decider_for(standing.desk),
                context=how.context,
                expected=how.expected,
                records=tuple(content.record for content in contents),
                rows=(*(content.row for content in contents), *rows),
                answer=answer,
            ),
        )

    async def prepare_information(
        self,
        standing: Standing,
        information: Information,
        how: How,
        returned: Returned | None = None,
        identified: Entitlement | None = None,
    ) -> Prepared:
        """What was asked for; with `returned` the request is judged anew as a whole.

        identified: the customer whom it names.
        """
        await self._doors.data.keep_files(standing.ticket, information.files)
        owner = Owner(ticket=standing.ticket, requester=standing.requester)
        parts = text_parts(information.body, information.files)
        said = new_content({**parts, "fields": dict(information.fields)}, owner)
        command = ProvideInformation(
            at=information.at,
            actor=how.actor,
            fields=tuple(information.fields),
            content=said.ref,
            attachments=tuple(
                AttachmentRef(id=file.id, format=file.format, size=len(file.content))
                for file in information.files
            ),
        )
        if returned is None:
            return Prepared(command=replace(command, identified=identified), contents=(said,))
        incoming = merged(returned, information)
        policy = self.newest(standing.desk).policy
        known = await self._doors.register.look_up(policy, incoming, None)
        whole, content = completed(returned, incoming, how, known.entitlement)
        return Prepared(command=replace(command, completed=whole), contents=(said, content))

    async def identified(
        self, row: Row, told: Mapping[str, object], sender: Sender
    ) -> Entitlement | None:
        """The customer whom information about a ticket names; None: nobody on the register."""
        policy = self.newest(row["desk"]).policy
        return await identified_by(self._doors.register, policy, row, (told, sender))


def _outcome(ticket: str, appended: Appended) -> Outcome:
    return Outcome(ticket=ticket, is_replayed=appended.replayed, answer=appended.answer)
