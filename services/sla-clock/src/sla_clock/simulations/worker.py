"""`python -m sla_clock.simulations.worker`: works shares off beside live work, then ends.

A process of its own at the lowest priority, one share in memory at a time; started by the service
where there is something to simulate, and gone with it.
"""

import asyncio
import os
from typing import Any

import msgspec
import structlog

from reglament.database import connect
from reglament.failpoints import failpoint
from reglament.ids import new_id
from reglament.messaging.faults import is_passing
from reglament.policy import loader
from reglament.policy_book import PolicyBook
from sla_clock.domain.target import Plan
from sla_clock.plans import Plans
from sla_clock.projections.editions import load_editions
from sla_clock.projections.ticket_events import by_ticket, facts_of
from sla_clock.settings import Settings
from sla_clock.simulations.replay import Difference, Replay, draft_of, opened_in
from sla_clock.simulations.shares import HISTORIES, Share, claim, finish

NICE = 19
log = structlog.get_logger(__name__)


class Worker:
    """Takes shares until there are none. connection: its own, which nobody else uses."""

    def __init__(self, connection: Any, plans: Plans) -> None:
        self._connection, self._plans, self.holder = connection, plans, new_id()
        self._draft: tuple[str, Plan] | None = None

    async def work(self) -> int:
        """How many shares it finished. Ends early where its parent has gone."""
        parent, done = os.getppid(), 0
        while os.getppid() == parent:
            share = await claim(self._connection, self.holder)
            if share is None:
                break
            await failpoint("simulations.after_claim")
            done += await self.one(share)
        return done

    async def one(self, share: Share) -> bool:
        """Reads, reckons, writes one share; whether it was still ours at the end.

        A ticket that cannot be reckoned is counted and holds up no other.
        """
        replay, found = Replay(self._draft_of(share), share.as_of), list[Difference]()
        rows = await self._connection.fetch(HISTORIES, share.first, share.last, share.desk)
        for ticket, history in by_ticket(rows).items():
            try:
                known = facts_of(ticket, history)
                if known.policy_version is not None and opened_in(known, share.since, share.until):
                    found += replay.differences(known, self._plans.of(known))
            except Exception as fault:
                if is_passing(fault):
                    raise
                log.exception("ticket_not_simulated", ticket=ticket)
                replay.counted.unreadable += 1
        return await finish(self._connection, self.holder, share, replay.counted, found)

    def _draft_of(self, share: Share) -> Plan:
        """The draft is parsed once a simulation."""
        if self._draft is None or self._draft[0] != share.simulation:
            policy = loader.validate(msgspec.json.decode(share.policy))
            self._draft = share.simulation, draft_of(policy)
        return self._draft[1]


class _Alone:
    """One connection in the pool's place, for the book of policies."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def acquire(self) -> "_Alone":
        return self

    async def __aenter__(self) -> Any:
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        return None


async def work(database: str) -> int:
    """All that there is to do; how many shares that were."""
    connection = await connect(database, "sla-clock-simulation")
    try:
        policies = PolicyBook(_Alone(connection))
        await policies.refresh()
        plans = Plans(policies, await load_editions(connection))
        return await Worker(connection, plans).work()
    finally:
        await connection.close()


if __name__ == "__main__":
    os.nice(NICE)
    asyncio.run(work(Settings().database))  # type: ignore[call-arg]  # from the environment
