"""Failpoints are silent unless armed, and count."""

from collections.abc import Iterator

import pytest

from reglament.failpoints import Failed, arm, failpoint, parse


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    arm("")


async def test_an_unarmed_point_does_nothing() -> None:
    await failpoint("relay.after_send")


async def test_an_armed_point_raises_once_at_its_count() -> None:
    arm("relay.after_send:raise:2,store.written:raise")
    await failpoint("relay.after_send")
    with pytest.raises(Failed):
        await failpoint("relay.after_send")
    await failpoint("relay.after_send")


def test_an_unknown_action_is_refused() -> None:
    with pytest.raises(ValueError, match="kill, raise or stop"):
        parse("relay.after_send:explode")


def test_an_unknown_point_is_refused() -> None:
    with pytest.raises(ValueError, match="no point"):
        parse("relay.never:kill")
