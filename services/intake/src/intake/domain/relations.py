"""Several tickets at once: taken apart, put together, linked (semantics 14, WIS-05, MIC-12).

Each function gets the states of all the tickets that it is about, and says what happens to each.
"""

from dataclasses import dataclass

from intake.domain.commands import Command
from intake.domain.lending import with_the_ticket
from intake.domain.phases import LIVE, refuse_unless
from intake.domain.rules import acceptance
from intake.domain.ticket import Phase, Ticket
from reglament.errors import Refused, Violation
from reglament.events.registry import Actor, ContentRef, Event
from reglament.events.relations import (
    LinkKind,
    TicketAbsorbed,
    TicketLinked,
    TicketMerged,
    TicketSplit,
)
from reglament.events.tickets import TicketAccepted, TicketOpened
from reglament.policy.model import Policy

INVERSE: dict[LinkKind, LinkKind] = {
    "related": "related",
    "duplicate_of": "duplicated_by",
    "duplicated_by": "duplicate_of",
    "blocks": "blocked_by",
    "blocked_by": "blocks",
    "causes": "caused_by",
    "caused_by": "causes",
    "continues": "continued_by",
    "continued_by": "continues",
}
MERGEABLE: tuple[Phase, ...] = ("returned", *LIVE, "resolved")
REGISTERED: tuple[Phase, ...] = ("returned", *LIVE, "resolved", "closed", "refused", "merged")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One problem of a request: the ticket it becomes, and its texts. Files stay with the first."""

    ticket: str
    content: ContentRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Split(Command):
    """Take a request of several problems apart."""

    ticket: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge(Command):
    """Let one ticket go on in another."""

    ticket: str
    into: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(Command):
    """Say how two tickets have to do with one another."""

    ticket: str
    to: str
    kind: LinkKind
    content: ContentRef | None = None


def split(policy: Policy, command: Split, first: Ticket) -> list[list[Event]]:
    """The first ticket's events, then each child's. The first goes on as it is.

    A child has the first one's requester, contract, level and choices; its clocks count from
    the original message. Raises Refused(status-conflict).
    """
    refuse_unless(first, *LIVE)
    said = TicketSplit(
        at=command.at,
        actor=command.actor,
        children=tuple(part.ticket for part in command.parts),
    )
    return [[said], *(_child(policy, command, part, first) for part in command.parts)]


def _child(policy: Policy, command: Split, part: Part, first: Ticket) -> list[Event]:
    opened = TicketOpened(
        at=command.at,
        actor=command.actor,
        channel=first.channel,
        requester=first.requester,
        content=part.content,
        priority=first.priority,
        category=first.category,
        cause=first.cause,
        customer=first.customer,
        contract=first.contract,
        service_level=first.service_level,
        service_level_rule=first.service_level_rule,
        targets=first.targets,
        callback=first.wants_callback,
        department=first.department,
        message_id=first.message_id,
        unanswered=first.is_silent,
        split_from=command.ticket,
        original_at=first.original_at,
    )
    if not acceptance.at_registration(policy):
        return [opened]
    system = Actor(kind="system", id="intake", rule="acceptance.registered")
    return [opened, TicketAccepted(at=command.at, actor=system, because="registered")]


def merge(command: Merge, source: Ticket, target: Ticket) -> list[list[Event]]:
    """The source's events, then the target's, which takes the oldest unanswered message over.

    Raises Refused: `status-conflict`, `merge-with-itself`, `merge-other-requester`.
    """
    _refuse_same("into", command.ticket, command.into, "merge-with-itself")
    refuse_unless(source, *MERGEABLE)
    refuse_unless(target, *LIVE)
    of_one = source.requester == target.requester
    of_one_customer = source.customer is not None and source.customer == target.customer
    if not (of_one or of_one_customer):
        raise Refused([Violation(rule="merge-other-requester", field="into")])
    ending = TicketMerged(at=command.at, actor=command.actor, into=command.into)
    merged = with_the_ticket(ending, source)
    absorbed = TicketAbsorbed(
        at=command.at,
        actor=command.actor,
        absorbed=command.ticket,
        waiting_since=source.unanswered_since,
    )
    return [merged, [absorbed]]


def link(command: Link, one: Ticket, other: Ticket) -> list[list[Event]]:
    """What each says of the other; nothing where it has been said. Raises Refused."""
    _refuse_same("to", command.ticket, command.to, "linked-with-itself")
    refuse_unless(one, *REGISTERED)
    refuse_unless(other, *REGISTERED)
    if (command.kind, command.to) in one.links:
        return [[], []]
    forth = TicketLinked(
        at=command.at,
        actor=command.actor,
        to=command.to,
        kind=command.kind,
        content=command.content,
    )
    back = TicketLinked(
        at=command.at, actor=command.actor, to=command.ticket, kind=INVERSE[command.kind]
    )
    return [[forth], [back]]


def _refuse_same(field: str, one: str, other: str, rule: str) -> None:
    if one == other:
        raise Refused([Violation(rule=rule, field=field)])
