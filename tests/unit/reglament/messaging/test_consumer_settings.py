"""Defaults of the client lose data; ours are said aloud (reliability e 3)."""

from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberMetadata

from reglament.events.topics import TICKET_TOPICS
from reglament.messaging.consumer_settings import KAFKA
from reglament.messaging.producer import SETTINGS


def test_the_five_dangerous_defaults_are_overridden() -> None:
    assert KAFKA["enable_auto_commit"] is False
    assert KAFKA["auto_offset_reset"] == "none"
    assert KAFKA["isolation_level"] == "read_committed"
    assert SETTINGS["acks"] == "all"
    assert SETTINGS["enable_idempotence"] is True


def test_partition_n_of_all_ticket_topics_has_one_owner() -> None:
    (assignor,) = KAFKA["partition_assignment_strategy"]
    assert assignor is RangePartitionAssignor
    members = {name: ConsumerProtocolMemberMetadata(0, list(TICKET_TOPICS), b"") for name in "abc"}
    shares = assignor.assign(Cluster(), members)
    for share in shares.values():
        assert len({tuple(sorted(numbers)) for _, numbers in share.assignment}) == 1


class Cluster:
    """Twelve partitions of everything."""

    def partitions_for_topic(self, _: str) -> set[int]:
        return set(range(12))
