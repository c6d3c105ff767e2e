"""Split, merge, link: what happens to each of the tickets."""

from datetime import timedelta

import pytest

from intake.domain.relations import INVERSE, Link, Merge, Part, Split, link, merge, split
from intake.domain.ticket import Ticket, evolve, initial_state
from reglament.errors import Refused
from reglament.events.registry import ContentRef, Event
from reglament.events.relations import TicketAbsorbed, TicketLinked, TicketMerged, TicketSplit
from reglament.events.tickets import (
    MessageAdded,
    OwnTarget,
    Resolved,
    ServiceLevelAssigned,
    TicketAccepted,
    TicketClosed,
    TicketOpened,
)
from tests.support.tickets import AT, ENGINEER, REQUESTER, TEXT, accepted, desk, opened, returned

LATER = AT + timedelta(hours=1)
PARTS = (
    Part(ticket="t2", content=ContentRef(id="c2", version=1, digest="d")),
    Part(ticket="t3", content=ContentRef(id="c3", version=1, digest="d")),
)
SPLIT = Split(at=LATER, actor=ENGINEER, ticket="t1", parts=PARTS)
MERGE = Merge(at=LATER, actor=ENGINEER, ticket="t1", into="t2")


def after(*events: Event) -> Ticket:
    state = initial_state
    for event in events:
        state = evolve(state, event)
    return state


def answered() -> MessageAdded:
    return MessageAdded(
        at=AT + timedelta(minutes=5),
        actor=ENGINEER,
        message="m1",
        visibility="public",
        author_kind="engineer",
        channel="web",
        content=TEXT,
    )


def rule_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.violations[0].rule


@pytest.mark.rule("WIS-05")
@pytest.mark.rule("MIC-12")
def test_each_part_is_opened_with_the_firsts_promises_and_counts_from_the_original_message() -> (
    None
):
    own = OwnTarget(metric="first_response", within="1h")
    level = ServiceLevelAssigned(
        at=AT, actor=ENGINEER, service_level="gold", customer="c", contract="k", targets=(own,)
    )
    first, *children = split(desk(), SPLIT, after(opened(callback=True), level))
    assert [type(event) for event in first] == [TicketSplit]
    assert [[type(event) for event in child] for child in children] == [
        [TicketOpened, TicketAccepted]
    ] * 2
    child = children[0][0]
    assert isinstance(child, TicketOpened)
    assert (child.number, child.split_from, child.original_at, child.at) == ("", "t1", AT, LATER)
    assert (child.service_level, child.contract, child.targets) == ("gold", "k", (own,))
    assert (child.requester, child.callback, child.content.id) == ("r1", True, "c2")


def test_a_part_waits_for_its_own_confirmation_where_the_desk_accepts_by_it() -> None:
    policy = desk(acceptance={"when": "confirmed"})
    _, child, _ = split(policy, SPLIT, after(opened(), accepted()))
    assert [type(event) for event in child] == [TicketOpened]


def test_a_part_of_a_part_counts_from_the_first_message_of_all() -> None:
    _, child, _ = split(desk(), SPLIT, after(opened(at=LATER, original_at=AT)))
    assert isinstance(child[0], TicketOpened)
    assert child[0].original_at == AT


def test_only_what_is_open_can_be_split() -> None:
    for state in (after(returned()), after(opened(), TicketClosed(at=AT, actor=ENGINEER))):
        with pytest.raises(Refused):
            split(desk(), SPLIT, state)


def test_the_target_takes_the_oldest_unanswered_message_over() -> None:
    source, target = merge(MERGE, after(opened()), after(opened(at=LATER)))
    assert source == [TicketMerged(at=LATER, actor=ENGINEER, into="t2")]
    assert target == [TicketAbsorbed(at=LATER, actor=ENGINEER, absorbed="t1", waiting_since=AT)]
    assert after(opened(), *source).phase == "merged"
    absorbed = after(opened(at=LATER), *target)
    assert absorbed.unanswered_since == AT
    assert absorbed.absorbed == {"t1"}


def test_what_was_answered_has_nothing_to_take_over() -> None:
    _, target = merge(MERGE, after(opened(), answered()), after(opened()))
    assert isinstance(target[0], TicketAbsorbed)
    assert target[0].waiting_since is None


def test_a_merge_needs_two_tickets_of_one_requester_or_customer_both_going_on() -> None:
    one, ended = after(opened()), after(opened(), TicketClosed(at=AT, actor=ENGINEER))
    stranger = after(opened(requester="r2"))
    with pytest.raises(Refused) as refused:
        merge(MERGE, one, stranger)
    assert rule_of(refused) == "merge-other-requester"
    with pytest.raises(Refused) as refused:
        merge(MERGE, one, ended)
    assert rule_of(refused) == "not-in-this-status"
    with pytest.raises(Refused):
        merge(MERGE, ended, one)
    with pytest.raises(Refused) as refused:
        merge(Merge(at=AT, actor=ENGINEER, ticket="t1", into="t1"), one, one)
    assert rule_of(refused) == "merge-with-itself"
    colleagues = after(opened(customer="c")), after(opened(requester="r2", customer="c"))
    assert [len(events) for events in merge(MERGE, *colleagues)] == [1, 1]


def test_a_link_is_said_once_on_both_sides_the_one_the_inverse_of_the_other() -> None:
    command = Link(at=AT, actor=ENGINEER, ticket="t1", to="t2", kind="blocks", content=TEXT)
    forth, back = link(command, after(opened()), after(opened()))
    assert forth == [TicketLinked(at=AT, actor=ENGINEER, to="t2", kind="blocks", content=TEXT)]
    assert back == [TicketLinked(at=AT, actor=ENGINEER, to="t1", kind="blocked_by")]
    assert link(command, after(opened(), *forth), after(opened(), *back)) == [[], []]
    assert all(INVERSE[INVERSE[kind]] == kind for kind in INVERSE)


def test_who_waits_since_when() -> None:
    wrote = MessageAdded(
        at=LATER,
        actor=REQUESTER,
        message="m2",
        visibility="public",
        author_kind="requester",
        channel="web",
        content=TEXT,
    )
    assert after(opened()).unanswered_since == AT
    assert after(opened(), answered()).unanswered_since is None
    assert after(opened(), answered(), wrote).unanswered_since == LATER
    assert (
        after(opened(), Resolved(at=LATER, actor=ENGINEER, content=TEXT)).unanswered_since is None
    )
