"""The ticket view: the same row in whatever order the services' events come."""

import random
from itertools import count
from typing import Any

import msgspec
import pytest

from intake.projections.history import History, envelope_of, ordered
from intake.projections.ticket_view import TicketView
from reglament.events import escalations, notifications, tickets
from reglament.events.envelope import Envelope
from reglament.events.registry import Event, by_class
from reglament.instants import rfc3339
from tests.support.tickets import AT, ENGINEER, REQUESTER, SYSTEM, TEXT, accepted, opened, returned

ASSIGNED = escalations.Assigned(at=AT, actor=ENGINEER, engineer="e1", level="L1", because="claim")
UNASSIGNED = escalations.Unassigned(at=AT, actor=ENGINEER, engineer="e1", because="escalated")
ASKED = tickets.InfoRequested(at=AT, actor=ENGINEER, items=("log",))
PROVIDED = tickets.InfoProvided(at=AT, actor=REQUESTER, fields=("log",), content=TEXT)
DEFERRED = tickets.TicketDeferred(at=AT, actor=ENGINEER, reason="release")
RESUMED = tickets.TicketResumed(at=AT, actor=ENGINEER)
RESOLVED = tickets.Resolved(at=AT, actor=ENGINEER, content=TEXT)
CLOSED = tickets.TicketClosed(at=AT, actor=ENGINEER)
REOPENED = tickets.TicketReopened(at=AT, actor=REQUESTER, reason="requester")
WITHDRAWN = tickets.AcceptanceWithdrawn(at=AT, actor=SYSTEM)
REFUSED = tickets.TicketRefused(at=AT, actor=ENGINEER, reason="abuse")


def said(*events: Event) -> list[Envelope]:
    """As each event's service says it."""
    counters: dict[str, Any] = {}
    envelopes = []
    for number, event in enumerate(events):
        entry = by_class(type(event))
        service = {"tickets": "intake", "escalations": "escalation"}.get(
            entry.topic.split(".")[1], "notifier"
        )
        sequence = next(counters.setdefault(service, count(1)))
        envelopes.append(
            Envelope(
                id=f"event-{number}",
                source=f"/reglament/{service}",
                type=entry.name,
                schema_version=entry.version,
                subject="t1",
                desk="north",
                at=event.at,
                recorded_at=AT,
                sequence=sequence,
                policy_version=1,
                data=msgspec.json.encode(event),
                event=event,
            )
        )
    return envelopes


def folded(envelopes: list[Envelope]) -> dict[str, Any]:
    row = None
    for envelope in envelopes:
        row = TicketView().project("t1", row, envelope)
    assert row is not None
    return dict(row)


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ((returned(),), "returned"),
        ((returned(), PROVIDED, opened()), "registered"),
        ((opened(),), "registered"),
        ((opened(), accepted()), "accepted"),
        ((opened(), accepted(), WITHDRAWN), "registered"),
        ((opened(), accepted(), ASSIGNED), "in_progress"),
        ((opened(), accepted(), ASSIGNED, UNASSIGNED), "accepted"),
        ((opened(), accepted(), ASKED), "waiting"),
        ((opened(), accepted(), ASSIGNED, ASKED), "waiting"),
        ((opened(), accepted(), ASKED, PROVIDED), "accepted"),
        ((opened(), accepted(), ASSIGNED, ASKED, PROVIDED), "in_progress"),
        ((opened(), accepted(), DEFERRED), "deferred"),
        ((opened(), accepted(), DEFERRED, RESUMED), "in_progress"),
        ((opened(), accepted(), RESOLVED), "resolved"),
        ((opened(), accepted(), RESOLVED, CLOSED), "closed"),
        ((opened(), accepted(), RESOLVED, CLOSED, REOPENED), "in_progress"),
        ((opened(), REFUSED), "refused"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_the_status_is_as_semantics_25_says(events: tuple[Event, ...], status: str) -> None:
    assert folded(said(*events))["status"] == status


def test_the_order_between_services_makes_no_difference() -> None:
    sent = notifications.NotificationSent(
        at=AT, actor=SYSTEM, template="confirmation", to="requester", message_id="<1@x>", effect="e"
    )
    events = said(opened(), sent, accepted(), ASSIGNED, ASKED, UNASSIGNED, PROVIDED, RESOLVED)
    expected = folded(events)
    shuffler = random.Random(7)  # noqa: S311 - a fixed shuffle
    for _ in range(50):
        piles: dict[str, list[Envelope]] = {}
        for envelope in events:
            piles.setdefault(envelope.source, []).append(envelope)
        mixed = []
        while piles:
            source = shuffler.choice(sorted(piles))
            mixed.append(piles[source].pop(0))
            if not piles[source]:
                del piles[source]
        assert folded(mixed) == expected


def test_an_event_seen_twice_changes_nothing() -> None:
    events = said(opened(), accepted(), ASSIGNED)
    assert folded([*events, *events]) == folded(events)


def test_version_is_the_tickets_own_and_view_counts_all() -> None:
    row = folded(said(opened(), ASSIGNED, accepted()))
    assert (row["version"], row["view"]) == (2, 3)


def test_fields_given_later_are_referred_to_until_the_request_is_whole() -> None:
    assert folded(said(opened(), ASKED, PROVIDED))["provided"] == [{"id": "c1", "version": 1}]
    assert folded(said(returned(), PROVIDED, opened()))["provided"] == []


def test_a_row_of_the_history_gives_the_very_event_back() -> None:
    for envelope in said(opened(), accepted(), ASSIGNED, ASKED):
        row = History().project(envelope.id, None, envelope)
        assert row is not None
        stored = {**row, "at": envelope.at, "recorded_at": envelope.recorded_at}
        assert envelope_of(stored).event == envelope.event


def placed(key: str, minute: int, cause: str | None = None, source: str = "a") -> dict[str, Any]:
    at = AT.replace(minute=minute)
    return {
        "key": key,
        "at": at,
        "recorded_at": at,
        "source": source,
        "sequence": 1,
        "causation_id": cause,
        "spelt": rfc3339(at),
    }


def test_history_goes_by_time_of_happening_but_never_an_effect_before_its_cause() -> None:
    rows = [placed("effect", 1, cause="cause"), placed("late", 9), placed("cause", 5)]
    assert [row["key"] for row in ordered(rows)] == ["cause", "effect", "late"]


def test_history_of_the_same_moment_goes_by_source() -> None:
    rows = [placed("b", 1, source="b"), placed("a", 1, source="a"), placed("x", 1, "elsewhere")]
    assert [row["key"] for row in ordered(rows)] == ["a", "x", "b"]
