"""The order of handing out."""

from datetime import UTC, datetime

import pytest

from escalation.domain.facts import Facts
from escalation.domain.queue import rank
from reglament.policy.model import Policy, Queue


def policy(**queue: object) -> Policy:
    return Policy.model_validate(
        {
            "desk": "north",
            "name": "North",
            "time_zone": "Europe/Moscow",
            "number": "N-{sequence}",
            "calendars": {"always": {"hours": "24x7"}},
            "channels": {"web": {"accept": "always"}},
            "priorities": {"levels": ["high", "normal", "low"]},
            "queue": Queue.model_validate(queue),
        }
    )


def facts(priority: str, cause: str | None = None, *, confirmed: bool = False) -> Facts:
    arrived = datetime(2026, 11, 20, tzinfo=UTC)
    return Facts(priority=priority, cause=cause, confirmed=confirmed, arrived_at=arrived)


OUT_OF_TURN = {"priority": ["high"], "causes": ["service_down"]}


@pytest.mark.rule("EIL-12")
def test_first_come_first_served_knows_no_priority() -> None:
    desk = policy(order="fifo")
    assert rank(facts("high"), desk) == rank(facts("low"), desk)


def test_a_desk_that_goes_by_priority_hands_out_the_pressing_first() -> None:
    desk = policy(order="priority")
    ranks = [rank(facts(priority), desk) for priority in ("high", "normal", "low", "gone")]
    assert ranks == sorted(set(ranks))


@pytest.mark.rule("RUS-10")
def test_out_of_turn_stands_before_everything_else() -> None:
    desk = policy(order="fifo", out_of_turn=OUT_OF_TURN)
    named = rank(facts("high", "service_down"), desk)
    confirmed = rank(facts("high", confirmed=True), desk)
    presumed = rank(facts("high", "printer"), desk)
    assert named == confirmed == 0
    assert named < presumed < rank(facts("normal"), desk)


@pytest.mark.rule("RUS-10")
def test_a_cause_alone_is_not_high_criticality() -> None:
    desk = policy(order="fifo", out_of_turn=OUT_OF_TURN)
    assert rank(facts("normal", "service_down"), desk) == rank(facts("normal"), desk)
