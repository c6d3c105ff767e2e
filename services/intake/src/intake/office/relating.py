"""Commands on several tickets at once, on their way to the store: split, merge, link."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from intake.domain import relations
from intake.domain.ticket import Ticket, evolve, initial_state
from intake.office.incoming import How
from intake.office.office import Answering, Standing
from intake.office.registration import stream_of
from intake.personal_data import Content, Owner, new_content
from reglament.command_handler import History, Joint, Place
from reglament.errors import NotFound
from reglament.events.registry import ContentRef, Event
from reglament.events.relations import LinkKind
from reglament.eventstore.store import Numbering
from reglament.ids import new_id
from reglament.policy.model import Policy

PolicyOf = Callable[[int | None], Policy]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One problem of a request, as the engineer calls and describes it."""

    subject: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Relating:
    """What all joint commands are made with. stamp: `at` and `actor`."""

    standing: Standing
    how: How
    stamp: Mapping[str, Any]
    answer: Answering


def splitting(
    of: Relating, policy_of: PolicyOf, problems: Sequence[Problem], fields: Mapping[str, Any]
) -> Joint:
    """The first ticket and a new one for each problem; `fields` are the first one's."""
    owner = of.standing.requester
    made: list[tuple[str, Content]] = []
    # Streams are written in the order of their names: so numbers follow the order of the parts.
    tickets = sorted(new_id() for _ in problems)
    for ticket, problem in zip(tickets, problems, strict=True):
        parts = {
            "subject": problem.subject,
            "description": problem.description,
            "fields": dict(fields),
            "attachments": [],
        }
        made.append((ticket, new_content(parts, Owner(ticket=ticket, requester=owner))))
    command = relations.Split(
        **of.stamp,
        ticket=of.standing.ticket,
        parts=tuple(relations.Part(ticket=ticket, content=text.ref) for ticket, text in made),
    )

    def decide(histories: Sequence[History]) -> Sequence[Sequence[Event]]:
        return relations.split(policy_of(histories[0].pinned), command, _state(histories[0]))

    return Joint(
        places=_places(of.standing, *(ticket for ticket, _ in made)),
        decide=decide,
        context=of.how.context,
        expected=of.how.expected,
        records=tuple(text.record for _, text in made),
        rows=tuple(text.row for _, text in made),
        numbering=Numbering(desk=of.standing.desk, pattern=policy_of(None).number),
        answer=of.answer,
    )


def merging(of: Relating, into: str) -> Joint:
    """The ticket, and the one in which it goes on."""
    command = relations.Merge(**of.stamp, ticket=of.standing.ticket, into=into)
    return _of_two(of, into, lambda one, other: relations.merge(command, one, other))


def linking(of: Relating, to: str, kind: LinkKind, note: Content | None) -> Joint:
    """The ticket, and the one that it has to do with."""
    content: ContentRef | None = note.ref if note else None
    command = relations.Link(
        **of.stamp, ticket=of.standing.ticket, to=to, kind=kind, content=content
    )
    notes = () if note is None else (note,)
    return _of_two(of, to, lambda one, other: relations.link(command, one, other), notes)


def _of_two(
    of: Relating,
    other: str,
    decide: Callable[[Ticket, Ticket], Sequence[Sequence[Event]]],
    contents: Sequence[Content] = (),
) -> Joint:
    def decided(histories: Sequence[History]) -> Sequence[Sequence[Event]]:
        one, two = (_state(history) for history in histories)
        return decide(one, two)

    if other == of.standing.ticket:
        # One stream cannot be two parts of a commit: the rule says no before it comes to that.
        decide(initial_state, initial_state)
        raise NotFound("ticket", other)
    return Joint(
        places=_places(of.standing, other),
        decide=decided,
        context=of.how.context,
        expected=of.how.expected,
        records=tuple(content.record for content in contents),
        rows=tuple(content.row for content in contents),
        answer=of.answer,
    )


def _places(standing: Standing, *others: str) -> tuple[Place, ...]:
    tickets = (standing.ticket, *others)
    return tuple(
        Place(stream=stream_of(ticket), subject=ticket, desk=standing.desk) for ticket in tickets
    )


def _state(history: History) -> Ticket:
    state = initial_state
    for event in history.events:
        state = evolve(state, event)
    return state
