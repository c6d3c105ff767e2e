"""A process that fires what is due and ends; argument: the DSN."""

import asyncio
import sys

from reglament import clock
from sla_clock.app import create_app
from sla_clock.timers import Timers
from tests.integration.sla_clock.conftest import settings_for


async def fire(database: str) -> None:
    """All that is due, on every partition."""
    app = create_app(settings_for(database))
    async with app.router.lifespan_context(app):
        runtime = app.state.runtime
        judging = runtime.extras["judging"]
        timers = Timers(runtime.pool, judging, lambda: dict.fromkeys(range(12), clock.now()))
        while await timers.fire():
            pass


if __name__ == "__main__":
    asyncio.run(fire(sys.argv[1]))
