"""Duplicates, gaps and poison: what is done with each record of a batch."""

import pytest

from reglament.events.topics import CONTACTS, POLICIES, SLA, TICKETS
from reglament.messaging.inbox import Block, Known, sort_out
from reglament.messaging.incoming import Incoming, Kind, poisoned

INTAKE, CLOCK = "/reglament/intake", "/reglament/sla-clock"


def record(
    subject: str,
    sequence: int | None,
    *,
    topic: str = TICKETS,
    source: str = INTAKE,
    kind: Kind = "event",
) -> Incoming:
    return Incoming(
        kind=kind,
        topic=topic,
        partition=0,
        offset=0,
        subject=subject,
        source=source,
        sequence=sequence,
        headers=(),
        value=b"{}",
    )


def known(**last: int) -> Known:
    return Known(last={(subject, INTAKE): at for subject, at in last.items()}, blocked={})


def test_records_in_sequence_are_taken_and_move_the_last_sequence() -> None:
    batch = [record("a", 3), record("b", 1), record("a", 4)]
    result = sort_out(batch, known(a=2))
    assert result.taken == batch
    assert result.moved == {("a", INTAKE): 4, ("b", INTAKE): 1}


def test_what_was_taken_before_is_skipped_and_counted() -> None:
    result = sort_out([record("a", 1), record("a", 2), record("a", 2)], known(a=1))
    assert [one.sequence for one in result.taken] == [2]
    assert result.duplicates == 2


def test_a_missing_event_parks_its_ticket_and_no_other() -> None:
    result = sort_out([record("a", 3), record("a", 4), record("b", 1)], known(a=1))
    assert [one.subject for one in result.taken] == ["b"]
    assert [one.sequence for one in result.parked] == [3, 4]
    assert result.blocks == {"a": Block(reason="gap", source=INTAKE)}


def test_the_missing_event_passes_and_frees_its_ticket() -> None:
    state = Known(last={("a", INTAKE): 1}, blocked={"a": Block(reason="gap", source=INTAKE)})
    result = sort_out([record("a", 2)], state)
    assert [one.sequence for one in result.taken] == [2]
    assert result.filled == ["a"]


def test_another_source_waits_with_its_blocked_ticket() -> None:
    state = Known(last={}, blocked={"a": Block(reason="gap", source=INTAKE)})
    result = sort_out([record("a", 1, topic=SLA, source=CLOCK)], state)
    assert len(result.parked) == 1
    assert not result.filled


def test_what_follows_poison_is_parked_in_order_and_others_flow() -> None:
    batch = [poisoned(record("a", 2), "bad"), record("a", 3), record("b", 1), record("a", 4)]
    result = sort_out(batch, known(a=1))
    assert [one.cause for one in result.dead] == ["bad"]
    assert [one.sequence for one in result.parked] == [3, 4]
    assert [one.subject for one in result.taken] == ["b"]
    assert result.moved == {("b", INTAKE): 1}


def test_a_doubled_poison_record_is_buried_once() -> None:
    assert not sort_out([poisoned(record("a", 1), "bad")], known(a=1)).dead


def test_an_unknown_type_is_counted_and_leaves_no_gap() -> None:
    result = sort_out([record("a", 1, kind="unknown"), record("a", 2)], known())
    assert len(result.unknown) == 1
    assert [one.sequence for one in result.taken] == [2]


@pytest.mark.parametrize("topic", [POLICIES, CONTACTS])
def test_compaction_leaves_no_gap(topic: str) -> None:
    batch = [record("a", 7, topic=topic), record("a", 6, topic=topic)]
    result = sort_out(batch, known())
    assert [one.sequence for one in result.taken] == [7]
    assert result.duplicates == 1


def test_poison_of_a_persons_data_blocks_nothing() -> None:
    bad = poisoned(record("a", 1, topic=CONTACTS, source=CONTACTS), "bad")
    result = sort_out([bad, record("a", 2, topic=CONTACTS, source=CONTACTS)], known())
    assert len(result.dead) == len(result.taken) == 1
