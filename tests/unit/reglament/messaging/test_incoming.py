"""What a record's bytes are taken for: never an exception, at worst poison."""

from dataclasses import dataclass

import pytest

from reglament import clock
from reglament.events.codec import encode
from reglament.events.envelope import Envelope, chained, headers
from reglament.events.registry import Actor
from reglament.events.tickets import TicketResumed
from reglament.events.topics import CONTENTS, SLA, TICKETS
from reglament.messaging.incoming import pack_headers, read, unpack_headers


@dataclass(frozen=True)
class Record:
    """As aiokafka gives it."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    topic: str = TICKETS
    partition: int = 3
    offset: int = 7


def envelope(source: str = "/reglament/intake") -> Envelope:
    event = TicketResumed(at=clock.now(), actor=Actor(kind="system", id="test"))
    plain = Envelope(
        id="1",
        source=source,
        type="TicketResumed",
        schema_version=1,
        subject="a",
        desk="desk",
        at=event.at,
        recorded_at=event.at,
        sequence=4,
        data=encode(event),
        event=event,
    )
    return chained(plain, "0" * 64)


def sent(one: Envelope, **other: object) -> Record:
    fields = {"key": b"a", "value": one.data, "headers": tuple(headers(one)), **other}
    return Record(**fields)  # type: ignore[arg-type]


def test_an_event_comes_back_as_it_was_sent() -> None:
    one = envelope()
    incoming = read(sent(one))
    assert incoming.kind == "event"
    assert incoming.envelope == one
    assert (incoming.subject, incoming.source, incoming.sequence) == ("a", one.source, 4)


@pytest.mark.parametrize(
    ("record", "cause"),
    [
        (sent(envelope(), value=b"{"), "TicketResumed v1"),
        (sent(envelope(), value=None), "no value"),
        (sent(envelope(), key=None), "no key"),
        (sent(envelope(), key=b"b"), "is not the key"),
        (sent(envelope("/reglament/notifier")), "does not own"),
        (sent(envelope(), topic=SLA), "does not belong"),
        (sent(envelope(), headers=()), "is missing"),
    ],
    ids=["cut", "empty", "no key", "other key", "foreign source", "wrong topic", "no headers"],
)
def test_what_cannot_be_trusted_is_poison_with_its_cause(record: Record, cause: str) -> None:
    incoming = read(record)
    assert incoming.kind == "poison"
    assert cause in (incoming.cause or "")


def test_a_type_of_a_later_release_is_unknown_and_keeps_its_sequence() -> None:
    one = envelope()
    later = tuple(
        (name, b"FromTheFuture" if name == "ce_type" else value) for name, value in headers(one)
    )
    incoming = read(sent(one, headers=later))
    assert (incoming.kind, incoming.sequence) == ("unknown", 4)


def test_a_raw_record_is_its_json_and_its_position() -> None:
    record = Record(b"c1", b'{"body":"x"}', (("position", b"12"),), topic=CONTENTS)
    incoming = read(record)
    assert (incoming.kind, incoming.record, incoming.sequence) == ("record", {"body": "x"}, 12)


def test_a_deleted_raw_record_is_none() -> None:
    assert read(Record(b"c1", None, (), topic=CONTENTS)).record is None


def test_a_key_that_is_no_text_still_has_a_subject_that_postgresql_takes() -> None:
    assert "\0" not in read(Record(b"\xff\0", b"{}", ())).subject


def test_headers_survive_the_dead_letter_to_the_byte() -> None:
    pairs = (("a", b"\xff\0"), ("b", b""))
    assert unpack_headers(pack_headers(pairs)) == pairs
