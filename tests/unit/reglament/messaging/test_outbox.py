"""What may be deleted after a batch was sent in part."""

from reglament.messaging.outbox import Outgoing, unbroken


def outgoing(position: int, key: bytes, topic: str = "t") -> Outgoing:
    return Outgoing(position=position, topic=topic, key=key, value=b"", headers=())


def test_all_acknowledged_is_all_done() -> None:
    records = [outgoing(1, b"a"), outgoing(2, b"b")]
    assert unbroken(records, [True, True]) == [1, 2]


def test_after_a_hole_a_key_is_sent_again_and_other_keys_are_done() -> None:
    records = [outgoing(1, b"a"), outgoing(2, b"a"), outgoing(3, b"b"), outgoing(4, b"a")]
    assert unbroken(records, [True, False, True, True]) == [1, 3]


def test_the_same_key_on_another_topic_is_another_line() -> None:
    records = [outgoing(1, b"a", "t"), outgoing(2, b"a", "u")]
    assert unbroken(records, [False, True]) == [2]
