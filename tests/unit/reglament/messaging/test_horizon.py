"""A timer may fire only behind what Kafka held when it was asked."""

from collections.abc import Mapping, Sequence

from aiokafka import TopicPartition

from reglament.events.topics import POLICIES, SLA, TICKETS
from reglament.messaging.horizon import Horizon

ONE, TWO = TopicPartition(TICKETS, 0), TopicPartition(SLA, 0)


class Ends:
    """A broker whose log ends here."""

    def __init__(self, ends: Mapping[TopicPartition, int]) -> None:
        self.ends = ends

    async def end_offsets(self, asked: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        return {partition: self.ends[partition] for partition in asked}


async def test_it_moves_when_every_ticket_topic_is_read_to_the_end() -> None:
    horizon = Horizon([POLICIES, TICKETS, SLA])
    horizon.moved(ONE, 5)
    horizon.moved(TWO, 0)
    await horizon.ask(Ends({ONE: 7, TWO: 0}))
    assert horizon.read_until() == {}
    horizon.moved(ONE, 7)
    assert list(horizon.read_until()) == [0]


async def test_a_partition_half_owned_has_no_horizon() -> None:
    horizon = Horizon([TICKETS, SLA])
    horizon.moved(ONE, 5)
    await horizon.ask(Ends({ONE: 0, TWO: 0}))
    assert horizon.read_until() == {}


async def test_a_lost_partition_loses_its_horizon() -> None:
    horizon = Horizon([TICKETS])
    horizon.moved(ONE, 5)
    await horizon.ask(Ends({ONE: 5}))
    horizon.lost(keep=())
    assert horizon.read_until() == {}
