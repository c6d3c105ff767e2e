"""What queues need of a ticket, out of its stream."""

from datetime import UTC, datetime

import pytest

from escalation.domain.facts import Facts, evolve
from reglament.events.registry import Actor, ContentRef
from reglament.events.tickets import PriorityChanged, PriorityConfirmed, TicketOpened

AT = datetime(2026, 3, 4, 9, tzinfo=UTC)
ENGINEER, SYSTEM = Actor(kind="engineer", id="anna"), Actor(kind="system", id="intake")
OPENED = TicketOpened(
    at=AT,
    actor=Actor(kind="requester", id="r"),
    number="N-1",
    channel="web",
    requester="r",
    content=ContentRef(id="c", version=1, digest="-"),
    priority="high",
    cause="power",
)


def facts_after(*events: TicketOpened | PriorityChanged | PriorityConfirmed) -> Facts:
    facts: Facts | None = None
    for event in events:
        facts = evolve(facts, event)
    assert facts is not None
    return facts


def test_a_request_may_name_its_cause() -> None:
    opened = facts_after(OPENED)
    assert (opened.priority, opened.cause, opened.confirmed) == ("high", "power", False)


@pytest.mark.rule("RUS-10")
def test_an_engineer_confirms_a_priority_by_setting_it_or_finding_it_right() -> None:
    right = PriorityConfirmed(at=AT, actor=ENGINEER, priority="high")
    lowered = PriorityChanged(at=AT, actor=ENGINEER, priority="low", previous="high")
    by_rule = PriorityChanged(at=AT, actor=SYSTEM, priority="low", previous="high")
    assert facts_after(OPENED, right).confirmed
    assert facts_after(OPENED, lowered).confirmed
    assert not facts_after(OPENED, right, by_rule).confirmed
