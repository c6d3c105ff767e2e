"""Every query of every panel, asked of a real Prometheus over the running system."""

import asyncio
from collections.abc import Iterator
from typing import Any

from reglament_local.watching.boards import BOARDS
from reglament_local.watching.boards_inside import SERVICES
from reglament_local.watching.prometheus import Prometheus

VARIABLES = {"$__rate_interval": "1m", "$desk": ".*"}
PATIENCE_SECONDS = 90.0


def panel_queries() -> Iterator[tuple[str, str]]:
    """Where (board / panel), and the PromQL with its variables filled in."""
    for board in BOARDS:
        for panel, query in board.queries():
            service = board.uid.removeprefix("reglament-")
            filled = query.replace("$service", service if service in SERVICES else ".*")
            for name, value in VARIABLES.items():
                filled = filled.replace(name, value)
            yield f"{board.title} / {panel}", filled


def without_number(samples: list[Any]) -> bool:
    """No sample, or none that is a number."""
    return all(sample["value"][1] == "NaN" for sample in samples)


async def empty_panels(prometheus: Prometheus) -> list[str]:
    """The panels that stay without data, after a while of patience."""
    waiting = dict.fromkeys(panel_queries())
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while waiting and asyncio.get_running_loop().time() < deadline:
        for one in list(waiting):
            if not without_number(await prometheus.query(one[1])):
                del waiting[one]
        await asyncio.sleep(1.0)
    return [f"{where}: {query}" for where, query in waiting]
