"""A partition that is held waits longer and longer, and is spoken of when it lasts."""

import pytest
from aiokafka import TopicPartition
from structlog.testing import capture_logs

from reglament import metrics
from reglament.errors import NotYet
from reglament.messaging.waits import LONGEST_SECONDS, Waits

HERE, THERE = TopicPartition("t", 0), TopicPartition("t", 1)
CAUSE = NotYet("its policy")


def held_seconds() -> float:
    return metrics.REGISTRY.get_sample_value("partition_held_seconds") or 0.0


def alarms(waits: Waits, *owned: TopicPartition) -> list[str]:
    with capture_logs() as logs:
        waits.show(owned)
    return [line["partition"] for line in logs if line["event"] == "partition_held"]


def test_it_waits_longer_each_time_and_begins_anew_behind_a_record_taken() -> None:
    waits = Waits()
    pauses = [waits.hold(HERE, CAUSE, progressed=False) for _ in range(8)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_SECONDS
    assert waits.hold(HERE, CAUSE, progressed=True) == pauses[0]


def test_one_that_lasts_is_an_alarm_once_in_a_while() -> None:
    waits = Waits(alarm_seconds=0.0)
    waits.hold(HERE, CAUSE, progressed=False)
    assert alarms(waits, HERE, THERE) == [str(HERE)]
    assert held_seconds() > 0
    assert alarms(Waits(), HERE) == []


def test_a_short_one_is_none() -> None:
    waits = Waits(alarm_seconds=300.0)
    waits.hold(HERE, CAUSE, progressed=False)
    assert alarms(waits, HERE) == []


@pytest.mark.parametrize("owned", [(), (THERE,)])
def test_what_goes_on_or_belongs_to_another_is_forgotten(owned: tuple[TopicPartition, ...]) -> None:
    waits = Waits(alarm_seconds=0.0)
    waits.hold(HERE, CAUSE, progressed=False)
    assert alarms(waits, *owned) == []
    waits.hold(HERE, CAUSE, progressed=False)
    waits.over(HERE)
    assert alarms(waits, HERE) == []
    assert held_seconds() == 0
