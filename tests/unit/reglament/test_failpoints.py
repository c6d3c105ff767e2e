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
    arm("a:raise:2,b:raise")
    await failpoint("a")
    with pytest.raises(Failed):
        await failpoint("a")
    await failpoint("a")


def test_an_unknown_action_is_refused() -> None:
    with pytest.raises(ValueError, match="kill or raise"):
        parse("a:explode")
