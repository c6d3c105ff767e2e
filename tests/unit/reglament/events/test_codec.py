"""Events and envelopes to bytes and back; what is not ours is told apart."""

from typing import Any

import msgspec
import pytest

from reglament.events import upcasters
from reglament.events.codec import Undecodable, UnknownType, decode, encode, from_kafka, version_of
from reglament.events.envelope import GENESIS, Envelope, chained, headers
from reglament.events.registry import Event, all_types, event
from reglament.events.tickets import TicketAccepted, TicketClosed
from reglament.testing import AT, SYSTEM, envelopes

ACCEPTED = TicketAccepted(at=AT, actor=SYSTEM, because="agent")


def test_an_envelope_survives_its_way_over_kafka() -> None:
    for envelope in envelopes("t", ACCEPTED, TicketClosed(at=AT, actor=SYSTEM)):
        assert from_kafka(headers(envelope), envelope.data) == envelope


def test_the_hash_covers_what_is_before_it() -> None:
    first, second = envelopes("t", ACCEPTED, ACCEPTED)
    assert first.prev_hash == GENESIS
    assert second.prev_hash == first.hash
    assert chained(first, "1" * 64).hash != first.hash


def test_an_event_of_a_later_release_is_unknown_not_wrong() -> None:
    with pytest.raises(UnknownType):
        decode("InventedTomorrow", 1, b"{}")
    with pytest.raises(UnknownType):
        decode("TicketClosed", version_of(TicketClosed) + 1, b"{}")


@pytest.mark.parametrize("data", [b"", b"{", b"{}", b'{"at": 1}', b"null", b"\xff"])
def test_data_that_does_not_fit_is_undecodable(data: bytes) -> None:
    with pytest.raises(Undecodable):
        decode("TicketAccepted", 1, data)


def replaced(envelope: Envelope, **changes: str | None) -> list[tuple[str, bytes]]:
    pairs = {name: value for name, value in headers(envelope) if name not in changes}
    return [*pairs.items(), *((k, v.encode()) for k, v in changes.items() if v is not None)]


@pytest.mark.parametrize(
    "changes",
    [
        {"ce_id": None},
        {"ce_type": None},
        {"ce_dataschema": "https://elsewhere.example/x"},
        {"ce_time": "yesterday"},
        {"ce_sequence": "first"},
    ],
)
def test_headers_that_do_not_fit_are_undecodable(changes: dict[str, str | None]) -> None:
    envelope = envelopes("t", ACCEPTED)[0]
    with pytest.raises(Undecodable):
        from_kafka(replaced(envelope, **changes), envelope.data)


def test_a_record_without_a_value_is_undecodable() -> None:
    envelope = envelopes("t", ACCEPTED)[0]
    with pytest.raises(Undecodable):
        from_kafka(headers(envelope), None)


def test_an_old_event_is_read_as_its_newest_class(monkeypatch: pytest.MonkeyPatch) -> None:
    def renamed(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "because": data["cause"]}

    monkeypatch.setitem(upcasters._UPCASTERS, ("TicketAccepted", 0), renamed)
    old = msgspec.json.encode({**msgspec.json.decode(encode(ACCEPTED)), "cause": "agent"})
    assert decode("TicketAccepted", 0, old) == ACCEPTED


def test_an_old_event_without_its_upcaster_is_undecodable() -> None:
    with pytest.raises(Undecodable):
        decode("TicketAccepted", 0, encode(ACCEPTED))


def test_a_name_is_given_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        event("TicketClosed", topic="x")(Event)


def test_the_catalogue_names_every_event_once() -> None:
    names = [entry.name for entry in all_types()]
    assert len(names) == len(set(names)) > 40
