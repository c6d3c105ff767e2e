"""A small house where everything is right: two tickets, four services, letters in and out."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from reglament.events.codec import decode
from reglament.events.envelope import GENESIS, Envelope, chained
from reglament.events.registry import by_name
from reglament.events.topics import ESCALATIONS, NOTIFICATIONS, OWNERS, SLA, TICKETS
from reglament_local.chaos.evidence import Evidence, LetterIn
from reglament_local.chaos.journal import Answered, Posted

AT = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
TEXT = {"id": "c1", "version": 1, "digest": "d"}
REQUEST = {"channel": "web", "requester": "r1", "content": TEXT, "priority": "normal"}
CLOCK = {"metric": "first_response", "started_at": AT, "due_at": AT + timedelta(seconds=6)}
PROMISE = {"within": "6s", "calendar": "always", "priority": "normal", "calendar_version": "1"}
BREACH = {"metric": "first_response", "due_at": AT + timedelta(seconds=6)}
MESSAGE = {
    "message": "m1",
    "content": TEXT,
    "visibility": "public",
    "author_kind": "engineer",
    "channel": "web",
}
QUEUED = {"level": "L1", "rank": 0, "waiting_since": AT}
LETTER = "<letter@clients.example>"
Told = tuple[str, str, dict[str, Any]]


class Scribe:
    """Writes events as the services do: numbered, chained, encoded."""

    def __init__(self) -> None:
        self.written: list[Envelope] = []
        self._ends: dict[tuple[str, str], Envelope] = {}

    def go_on(self, envelope: Envelope) -> None:
        """Take an event that is written already."""
        self.written.append(envelope)
        self._ends[envelope.source, envelope.subject] = envelope

    def write(self, name: str, ticket: str, data: dict[str, Any], **more: Any) -> Envelope:
        """The next event of that ticket in the stream of the service that says such things."""
        entry = by_name(name)
        assert entry is not None
        source = f"/reglament/{OWNERS[entry.topic]}"
        at = more.pop("at", AT)
        whole = {"at": at, "actor": {"kind": "system", "id": "test"}, **data}
        encoded = msgspec.json.encode(whole)
        before = self._ends.get((source, ticket))
        envelope = Envelope(
            id=f"{ticket}-{source}-{name}-{len(self.written)}",
            source=source,
            type=name,
            schema_version=entry.version,
            subject=ticket,
            desk="chaos",
            at=at,
            recorded_at=more.pop("recorded_at", at + timedelta(seconds=1)),
            sequence=1 if before is None else before.sequence + 1,
            data=encoded,
            event=decode(name, entry.version, encoded),
            **more,
        )
        whole_one = chained(envelope, before.hash if before else GENESIS)
        self._ends[source, ticket] = whole_one
        self.written.append(whole_one)
        return whole_one


def good() -> Evidence:
    """Evidence without a fault; tests take something away from it, or add to it."""
    scribe = Scribe()
    _ticket(scribe, "t1", "CHA-000001", correlation_id="c0-0")
    scribe.write(
        "MessageAdded",
        "t1",
        MESSAGE,
        correlation_id="c0-1",
    )
    _ticket(scribe, "t2", "CHA-000002", message_id=LETTER)
    return told(scribe.written)


def _ticket(scribe: Scribe, ticket: str, number: str, **more: Any) -> None:
    message_id = more.pop("message_id", None)
    said = {**REQUEST, "number": number, **({"message_id": message_id} if message_id else {})}
    opened = scribe.write("TicketOpened", ticket, said, **more)
    scribe.write("ClockStarted", ticket, CLOCK | PROMISE, causation_id=opened.id)
    breach = AT + timedelta(seconds=6)
    scribe.write("ClockBreached", ticket, BREACH, at=breach)
    scribe.write("Queued", ticket, QUEUED, causation_id=opened.id)
    sent = {
        "template": "confirmation",
        "to": "requester",
        "message_id": f"<{ticket}@chaos.example>",
        "effect": f"confirmation-{opened.id}",
    }
    scribe.write("NotificationSent", ticket, sent, causation_id=opened.id)


def told(store: list[Envelope]) -> Evidence:
    """The evidence of a house whose store is this, and whose every other part agrees with it."""
    topics: defaultdict[str, list[Envelope]] = defaultdict(list)
    ends: dict[tuple[str, str], int] = {}
    for envelope in store:
        entry = by_name(envelope.type)
        assert entry is not None
        topics[entry.topic].append(envelope)
        ends[envelope.source, envelope.subject] = envelope.sequence
    return Evidence(
        answered=[answered("c0-0", "TicketOpened"), answered("c0-1", "MessageAdded", version=2)],
        posted=[Posted(message_id=LETTER, desk="chaos", sender="a@clients.example")],
        store=store,
        topics=topics,
        inboxes={"notifier": dict(ends)},
        read_topics={"notifier": frozenset((TICKETS, SLA, ESCALATIONS, NOTIFICATIONS))},
        waiting={"pending in intake": 0},
        letters_in=[LetterIn(message_id=LETTER, outcome="ticket", ticket="t2")],
        letters_out={"<t1@chaos.example>": "sent", "<t2@chaos.example>": "sent"},
        mailboxes=Counter(("<t1@chaos.example>", "<t2@chaos.example>")),
        subscribed=("chaos", ("ClockBreached",)),
        told=Counter(each.id for each in store if each.type == "ClockBreached"),
        records={("contacts", "r1"): b"1"},
        sent_records={("contacts", "r1"): b"1"},
    )


def answered(identifier: str, what: str, status: int = 201, version: int = 1) -> Answered:
    """What a client was told."""
    return Answered(
        id=identifier,
        what=what,
        source="/reglament/intake",
        desk="chaos",
        status=status,
        ticket="t1",
        version=version,
    )
