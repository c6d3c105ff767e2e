"""Events of the other services as facts (semantics 9)."""

import pytest

from reglament.events import escalations, notifications, relations, sla, tickets
from reglament.events.envelope import Envelope
from reglament.events.registry import Actor, ContentRef, Event
from sla_clock.domain import facts as f
from sla_clock.domain.reading import facts_of, read
from sla_clock.domain.target import OwnTarget
from tests.support.clocks import at

WHEN, LATER = at("10:00"), at("10:05")
PERSON = Actor(kind="engineer", id="anna")
KEY = Actor(kind="integrator", id="crm")
MACHINE = Actor(kind="system", id="intake")
TEXT = ContentRef(id="c1", version=1, digest="d")


def _message(**changed: object) -> tickets.MessageAdded:
    said: dict[str, object] = {
        "at": WHEN,
        "actor": PERSON,
        "message": "m1",
        "visibility": "public",
        "author_kind": "engineer",
        "channel": "email",
        "content": TEXT,
    }
    return tickets.MessageAdded(**{**said, **changed})  # type: ignore[arg-type]


def _letter(**changed: object) -> notifications.NotificationSent:
    said: dict[str, object] = {
        "at": WHEN,
        "actor": MACHINE,
        "template": "status",
        "to": "requester",
        "message_id": "<1@desk>",
        "effect": "e",
        "answers_update": True,
    }
    return notifications.NotificationSent(**{**said, **changed})  # type: ignore[arg-type]


OPENED = tickets.TicketOpened(
    at=WHEN,
    actor=MACHINE,
    channel="email",
    requester="r1",
    content=TEXT,
    priority="high",
    category="error",
    service_level="base",
    targets=(
        tickets.OwnTarget(metric="handling", within="8h", priority="high"),
        tickets.OwnTarget(metric="of_a_later_release", within="8h"),
    ),
    original_at=at("09:00"),
)


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (_message(), f.DeskAnswered),
        (_message(author_kind="requester"), f.RequesterWrote),
        (_message(visibility="internal"), None),
        (_message(automatic=True), None),
        (_message(author_kind="integrator"), None),
        (_message(author_kind="system"), None),
        (_letter(), f.StatusLetterSent),
        (_letter(answers_update=False), None),
        (_letter(to="engineer"), None),
        (tickets.CallbackLogged(at=WHEN, actor=PERSON, purpose="answer"), f.DeskAnswered),
        (tickets.CallbackLogged(at=WHEN, actor=PERSON, purpose="confirmation"), None),
        (tickets.TicketAccepted(at=WHEN, actor=MACHINE, because="registered"), f.Accepted),
        (tickets.AcceptanceWithdrawn(at=WHEN, actor=MACHINE), f.AcceptanceWithdrawn),
        (tickets.TicketRefused(at=WHEN, actor=PERSON, reason="x"), f.Refused),
        (tickets.InfoProvided(at=WHEN, actor=PERSON), f.RequesterWrote),
        (tickets.TicketDeferred(at=WHEN, actor=PERSON, reason="x"), f.Deferred),
        (tickets.TicketResumed(at=WHEN, actor=PERSON), f.Resumed),
        (tickets.Resolved(at=WHEN, actor=PERSON, content=TEXT), f.Resolved),
        (tickets.TicketClosed(at=WHEN, actor=PERSON), f.Closed),
        (tickets.TicketReopened(at=WHEN, actor=PERSON, reason="requester"), f.Reopened),
        (tickets.InfoRequested(at=WHEN, actor=PERSON, items=()), f.InfoRequested),
        (
            tickets.PriorityChanged(at=WHEN, actor=PERSON, priority="a", previous="b"),
            f.PriorityChanged,
        ),
        (tickets.CategoryChanged(at=WHEN, actor=PERSON, category="a"), f.CategoryChanged),
        (tickets.ServiceLevelAssigned(at=WHEN, actor=PERSON), f.ServiceLevelAssigned),
        (
            tickets.ScheduleChanged(at=WHEN, actor=PERSON, due_at=LATER, reason="x"),
            f.ScheduleChanged,
        ),
        (
            escalations.Assigned(
                at=WHEN, actor=PERSON, engineer="anna", level="L1", because="claim"
            ),
            f.Assigned,
        ),
        (relations.TicketMerged(at=WHEN, actor=PERSON, into="t2"), f.Merged),
        (relations.TicketAbsorbed(at=WHEN, actor=PERSON, absorbed="t2"), f.Absorbed),
        (relations.TicketSplit(at=WHEN, actor=PERSON, children=("t2",)), None),
        (tickets.CallbackLogged(at=WHEN, actor=KEY, purpose="answer"), None),
        (tickets.DeliveryReported(at=WHEN, actor=MACHINE, message_id="1", status="failed"), None),
    ],
)
def test_an_event_is_the_fact_that_clocks_care_about(
    event: Event, kind: type[f.Fact] | None
) -> None:
    facts = list(read(event, LATER, "id-1"))
    assert [type(fact) for fact in facts] == ([] if kind is None else [kind])
    assert all((x.at, x.recorded_at, x.id) == (WHEN, LATER, "id-1") for x in facts)


def test_an_opened_ticket_brings_all_that_targets_match_on() -> None:
    assert list(read(OPENED, LATER)) == [
        f.Opened(
            at=WHEN,
            recorded_at=LATER,
            priority="high",
            category="error",
            channel="email",
            service_level="base",
            own_targets=(OwnTarget(metric="handling", within="8h", priority="high"),),
            original_at=at("09:00"),
        )
    ]


def test_only_a_persons_question_answers_the_client() -> None:
    for actor, by_person in ((PERSON, True), (MACHINE, False)):
        event = tickets.InfoRequested(at=WHEN, actor=actor, items=("log",))
        (fact,) = read(event, LATER)
        assert isinstance(fact, f.InfoRequested)
        assert fact.by_person is by_person


def _envelope(event: Event, sequence: int) -> Envelope:
    return Envelope(
        id=f"id-{sequence}",
        source="intake",
        type=type(event).__name__,
        schema_version=1,
        subject="t1",
        desk="sixth",
        at=event.at,
        recorded_at=LATER,
        sequence=sequence,
        data=b"{}",
        event=event,
    )


def test_an_integrators_key_resolves_but_does_not_answer() -> None:
    for actor, by_person in ((PERSON, True), (KEY, False)):
        (fact,) = read(tickets.Resolved(at=WHEN, actor=actor, content=TEXT), LATER)
        assert isinstance(fact, f.Resolved)
        assert fact.by_person is by_person


def test_an_absorbed_ticket_brings_its_oldest_unanswered_message() -> None:
    event = relations.TicketAbsorbed(
        at=WHEN, actor=PERSON, absorbed="t2", waiting_since=at("09:00")
    )
    (fact,) = read(event, LATER)
    assert isinstance(fact, f.Absorbed)
    assert fact.unanswered_since == at("09:00")


def test_a_fact_says_who_did_it() -> None:
    (fact,) = read(tickets.TicketDeferred(at=WHEN, actor=PERSON, reason="x"), LATER)
    assert fact.actor == PERSON


def test_facts_come_in_order_of_happening() -> None:
    late = _message(at=at("09:30"))
    facts = facts_of([_envelope(OPENED, 1), _envelope(late, 2)])
    assert [fact.id for fact in facts] == ["id-2", "id-1"]


def test_a_move_says_the_version_and_the_holidays_that_hold() -> None:
    plain = sla.ClocksMigrated(at=WHEN, actor=PERSON, previous=1, version=2)
    newer = sla.ClocksMigrated(
        at=WHEN, actor=PERSON, previous=2, version=2, calendars={"RU": 3, "BY": 2}
    )
    (one,), (other,) = (tuple(read(event, LATER)) for event in (plain, newer))
    assert isinstance(one, f.Migrated)
    assert isinstance(other, f.Migrated)
    assert (one.version, one.editions) == (2, ())
    assert (other.version, other.editions) == (2, (("BY", 2), ("RU", 3)))
