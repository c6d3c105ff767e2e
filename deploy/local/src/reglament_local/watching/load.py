"""Work for all four services while somebody watches: a desk whose clocks are seconds."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from reglament_local.demo.publishing import published
from reglament_local.demo.stories.sixth import policy
from reglament_local.demo.system import Desk, System

AT_ONCE, PAUSE_SECONDS = 8, 2.0
READ = ("sla", "escalations", "notifications")  # one route each of the other three services


@contextlib.asynccontextmanager
async def working(system: System) -> AsyncIterator[None]:
    """Requests come, are read and answered within the block, whatever becomes of them."""
    desk = desk_of(system)
    await published(system, policy(desk.name))
    task = asyncio.gather(*(_work(desk, first) for first in range(AT_ONCE)))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def desk_of(system: System) -> Desk:
    """The desk of the load."""
    return Desk(system=system, name=f"watch{system.run}")


async def _work(desk: Desk, number: int) -> None:
    while True:
        number += AT_ONCE
        with contextlib.suppress(Exception):
            await request(desk, number)
        await asyncio.sleep(PAUSE_SECONDS)


async def request(desk: Desk, number: int, *, is_read: bool = True) -> None:
    """One ticket, and what each of the other services says of it where it is read."""
    body = {
        "channel": "web",
        "subject": f"Watched {number}",
        "description": "It does not work.",
        "requester": {"name": "Watched", "email": desk.system.address(f"watched{number}")},
    }
    ticket = str((await desk.open(body))["id"])
    for part in READ if is_read else ():
        key = desk.system.key(desk.name, "agent")
        await desk.system.call("GET", f"/tickets/{ticket}/{part}", key=key)
