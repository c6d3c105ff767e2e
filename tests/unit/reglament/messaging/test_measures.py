"""What is said of records that Kafka has acknowledged: a number, and the one line of an event."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from reglament.events.topics import ACCESS, CONTACTS, TICKETS
from reglament.messaging.measures import relayed
from reglament.messaging.outbox import Outgoing
from tests.unit.reglament.messaging.test_incoming import envelope

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def outgoing(topic: str, traceparent: str | None = None) -> Outgoing:
    said = msgspec.structs.replace(envelope(), traceparent=traceparent)
    return Outgoing(position=1, topic=topic, key=b"a", value=b"", headers=(), envelope=said)


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    with capture_logs() as found:
        yield found


def test_an_event_is_one_line_with_its_ticket_and_trace(lines: list[Any]) -> None:
    relayed([outgoing(TICKETS, f"00-{TRACE}-{SPAN}-01")])
    (line,) = lines
    assert line.pop("seconds") >= 0
    assert line == {
        "event": "event_sent",
        "log_level": "info",
        "type": "TicketResumed",
        "id": "1",
        "ticket": "a",
        "desk": "desk",
        "sequence": 4,
        "trace_id": TRACE,
        "span_id": SPAN,
    }


def test_whom_other_events_are_about_may_be_a_person_and_is_not_said(lines: list[Any]) -> None:
    relayed([outgoing(ACCESS)])
    (line,) = lines
    assert not {"ticket", "subject", "trace_id"} & line.keys()


def test_a_record_that_is_no_event_has_no_line(lines: list[Any]) -> None:
    relayed([Outgoing(position=1, topic=CONTACTS, key=b"a", value=b"{}", headers=())])
    assert lines == []
