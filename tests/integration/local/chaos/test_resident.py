"""A process that is started again whenever it ends."""

import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reglament_local.chaos.resident import Resident
from reglament_local.chaos.waiting import until
from reglament_local.parts import Part
from reglament_local.processes import Recipe

pytestmark = pytest.mark.integration
SLEEPER = "import os, time; print(os.environ.get('POINT', 'none'), flush=True); time.sleep(600)"


async def at_once() -> bool:
    return True


@pytest.fixture
async def resident(tmp_path: Path) -> AsyncIterator[Resident]:
    recipe = Recipe(
        name="sleeper", command=(sys.executable, "-c", SLEEPER), environ=dict(os.environ), grace=2
    )
    resident = Resident(Part(title="sleeper", recipe=recipe, is_ready=at_once), tmp_path)
    await resident.start()
    yield resident
    await resident.stop()


async def test_what_is_killed_is_started_again(resident: Resident) -> None:
    first = resident.child.pid
    resident.signal(signal.SIGKILL)
    await resident.again(since=1)
    await resident.ready(within=10)
    assert resident.child.pid != first
    assert [code for code, _ in resident.ends] == [-signal.SIGKILL]


async def test_who_is_held_stays_down_until_released(resident: Resident) -> None:
    resident.hold()
    resident.signal(signal.SIGKILL)
    assert await resident.ended(within=5, since=0)
    with pytest.raises(TimeoutError):
        await resident.again(since=1, within=2)
    resident.release()
    await resident.again(since=1)


async def test_the_environment_of_one_start_is_not_that_of_the_next(
    resident: Resident, tmp_path: Path
) -> None:
    async def said(*points: str) -> None:
        async def has() -> bool:
            return (tmp_path / "sleeper.log").read_text().split() == [*points]

        await until(has, 10, f"it says {points}")

    await said("none")
    resident.release({"POINT": "relay.after_send"})
    resident.signal(signal.SIGKILL)
    await said("none", "relay.after_send")
    resident.signal(signal.SIGKILL)
    await said("none", "relay.after_send", "none")


async def test_one_that_stands_still_is_stopped_all_the_same(resident: Resident) -> None:
    resident.signal(signal.SIGSTOP)
    code, seconds = await resident.stop()
    assert code == -signal.SIGTERM
    assert seconds < 2
