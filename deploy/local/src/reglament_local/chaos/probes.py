"""Requests that are followed to their end: they say when the system is itself again."""

import asyncio
from dataclasses import dataclass

from reglament_local.chaos import desk as own
from reglament_local.chaos.caller import Caller, Command
from reglament_local.chaos.waiting import until

EACH = 6  # spread over the partitions, hence over the replicas
ENDS = frozenset(("TicketAccepted", "ClockStarted", "Queued", "NotificationSent"))
PATIENCE_SECONDS = 150.0


class NotThrough(TimeoutError):
    """A probe did not reach its end in PATIENCE_SECONDS: something hangs."""


@dataclass(slots=True, kw_only=True)
class Probes:
    """caller: whose requests they are."""

    caller: Caller
    _rounds: int = 0

    async def through(self) -> None:
        """EACH requests have gone through intake, sla-clock, escalation, notifier, and back.

        Raises NotThrough.
        """
        self._rounds += 1
        await asyncio.gather(*(self._one(f"p{self._rounds}.{number}") for number in range(EACH)))

    async def _one(self, name: str) -> None:
        body = {
            "channel": "web",
            "subject": f"Probe {name}",
            "description": "Are you there?",
            "priority": "low",
            "requester": {"name": "Probe", "email": f"{name}@probes.example"},
        }
        opening = Command(
            what="TicketOpened",
            service="intake",
            desk=own.NAME,
            path=f"/desks/{own.NAME}/tickets",
            body=body,
            role="integrator",
        )
        missing = set(ENDS)
        ticket = ""

        async def followed() -> None:
            nonlocal ticket
            _, document = await self.caller.say(opening)
            ticket = str(document["id"])
            await until(lambda: self._has(ticket, missing), PATIENCE_SECONDS, name, poll=0.1)

        try:
            await asyncio.wait_for(followed(), PATIENCE_SECONDS)
        except TimeoutError as fault:
            what = ", ".join(sorted(missing))
            raise NotThrough(f"{name}, ticket {ticket or 'not opened'}: no {what}") from fault

    async def _has(self, ticket: str, missing: set[str]) -> bool:
        found = await self.caller.get("intake", own.NAME, f"/tickets/{ticket}/history?limit=100")
        if found is not None:
            missing.difference_update(row["type"] for row in found["items"])
        return not missing
