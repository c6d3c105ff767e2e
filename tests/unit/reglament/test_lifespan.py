"""Background loops are kept alive, and end together."""

import asyncio
import signal

from reglament.lifespan import Supervisor, wait_after
from reglament.messaging.faults import Halted, Outlived
from tests.support.eventually import eventually


async def test_a_loop_that_fails_is_started_again() -> None:
    supervisor, begun = Supervisor(), 0

    async def loop(stopping: asyncio.Event) -> None:
        nonlocal begun
        begun += 1
        if begun == 1:
            raise ValueError("once")
        await stopping.wait()

    async def is_back() -> bool:
        state = supervisor.states["loop"]
        return begun == 2 and state.restarts == 1 and state.is_running

    supervisor.start("loop", loop)
    await eventually(is_back)
    await supervisor.stop(1)


def test_however_often_a_loop_failed_it_is_back_two_seconds_after_its_database() -> None:
    waits = [0.0]
    for _ in range(9):
        waits.append(wait_after(waits[-1], 0.1))
    assert (waits[1], waits[2], max(waits)) == (0.2, 0.4, 2.0)
    assert wait_after(waits[-1], 11) == 0.2


async def test_a_halted_loop_stays_down() -> None:
    supervisor, begun = Supervisor(), 0

    async def loop(_: asyncio.Event) -> None:
        nonlocal begun
        begun += 1
        raise Halted("look at me")

    async def is_halted() -> bool:
        return supervisor.states["loop"].halted

    supervisor.start("loop", loop)
    await eventually(is_halted)
    await supervisor.stop(1)
    assert begun == 1
    assert supervisor.states["loop"].fault == "look at me"


async def test_a_loop_that_does_not_finish_is_cancelled() -> None:
    supervisor, ended = Supervisor(), asyncio.Event()

    async def loop(_: asyncio.Event) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    supervisor.start("loop", loop)
    await asyncio.sleep(0)
    await supervisor.stop(0.01)
    assert ended.is_set()


async def test_a_process_whose_name_another_has_taken_ends() -> None:
    supervisor, told = Supervisor(), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, told.set)

    async def outlived(_: asyncio.Event) -> None:
        raise Outlived("0")

    try:
        supervisor.start("loop", outlived)
        await asyncio.wait_for(told.wait(), 5)
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
    assert supervisor.states["loop"].halted
    await supervisor.stop(1)
