"""How many series the services show after many tickets of many desks (issue 9: under 3,000)."""

import asyncio
from collections.abc import Iterator, Mapping

from reglament_local.demo.publishing import published
from reglament_local.demo.stories.sixth import policy
from reglament_local.demo.system import Desk, System
from reglament_local.watching.load import request
from reglament_local.watching.prometheus import SERVICES

LIMIT = 3000
AT_ONCE, READ_EVERY = 8, 500  # of each desk's first tickets, and of some later ones


async def series_after(system: System, desks: int, tickets: int) -> Mapping[str, int]:
    """Series by service, once `tickets` were opened, and read, over `desks` new desks."""
    names = [f"many{system.run}{number}" for number in range(desks)]
    made = [await published(system, policy(name)) for name in names]
    left = iter(range(tickets))
    await asyncio.gather(*(_open(made, left) for _ in range(AT_ONCE)))
    return {job: await _series(system, name) for name, job in SERVICES.items()}


async def _open(desks: list[Desk], left: Iterator[int]) -> None:
    for number in left:
        await request(desks[number % len(desks)], number, is_read=number % READ_EVERY < len(desks))


async def _series(system: System, name: str) -> int:
    text = (await system.http.get(f"{system.ready[name]}/metrics")).text
    return sum(not line.startswith("#") for line in text.splitlines())
