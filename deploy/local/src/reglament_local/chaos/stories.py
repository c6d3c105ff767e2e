"""What one client does: a ticket's life in REST calls, another one each time."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

from reglament_local.chaos import desk as own
from reglament_local.chaos.caller import Caller, Command, Json

Act = Callable[[str, str, str], Command]
REMSYS, EILER = "remsys", "eiler"
SHARE_OF_OWN = 0.7
ENGINEERS = {own.NAME: own.LEVELS, REMSYS: ("L1", "L2", "L3")}
# Another desk's deadlines lie hours ahead: the run is drained while none comes due.
PRIORITIES = {own.NAME: ("high", "normal", "low"), REMSYS: ("normal", "low")}
EILERS_FIELDS = {"steps": "1. Start 2. Stop", "version": "4.2", "frequency": "always"}


def engineer(desk: str, level: str) -> str:
    """The id of a desk's engineer of that level."""
    return f"{desk}-{level.lower()}"


def request(desk: str, sender: str, rng: random.Random) -> Json:
    """A request that the desk takes."""
    body: Json = {
        "channel": "web",
        "subject": f"Request of {sender}",
        "description": f"Something of {sender} does not work.",
        "requester": {"name": "Ann", "email": f"{sender}@clients.example", "locale": "en"},
    }
    if desk == EILER:
        body["requester"]["phone"] = "+33123"
        return body | {"priority": "normal", "category": "operation", "fields": EILERS_FIELDS}
    return body | {"priority": rng.choice(PRIORITIES[desk])}


@dataclass(slots=True, kw_only=True)
class Client:
    """Tells stories until `stopping`. Its choices come from `rng` alone."""

    caller: Caller
    rng: random.Random
    stopping: asyncio.Event
    pause: float

    async def run(self) -> None:
        """One story after the other; the one that is being told is told to its end."""
        count = 0
        while not self.stopping.is_set():
            count += 1
            await self._story(f"{self.caller.name}.{count}")

    async def _story(self, sender: str) -> None:
        desk = own.NAME
        if self.rng.random() > SHARE_OF_OWN:
            desk = self.rng.choice((REMSYS, EILER))
        body = request(desk, sender, self.rng)
        opening = Command(
            what="TicketOpened",
            service="intake",
            desk=desk,
            path=f"/desks/{desk}/tickets",
            body=body,
            role="integrator",
        )
        status, ticket = await self.caller.say(opening)
        if status == 201:
            for _ in range(self.rng.randint(0, 6)):
                await asyncio.sleep(self.rng.uniform(0, 2 * self.pause))
                await self._act(desk, str(ticket["id"]), sender)

    async def _act(self, desk: str, ticket: str, sender: str) -> None:
        acts: list[Act] = [
            self._message,
            self._note,
            self._priority,
            self._resolution,
            self._closure,
        ]
        if desk in ENGINEERS:
            acts += [self._claim, self._claim, self._escalation]
        await self.caller.say(self.rng.choice(acts)(desk, ticket, sender))

    def _on(self, what: str, desk: str, ticket: str, action: str, body: Json) -> Command:
        return Command(
            what=what,
            service="intake",
            desk=desk,
            path=f"/tickets/{ticket}/{action}",
            body=body,
        )

    def _message(self, desk: str, ticket: str, sender: str) -> Command:
        body = {"body": f"An answer to {sender}.", "visibility": "public"}
        return self._on("MessageAdded", desk, ticket, "messages", body)

    def _note(self, desk: str, ticket: str, sender: str) -> Command:
        body = {"body": f"A note about {sender}.", "visibility": "internal"}
        return self._on("MessageAdded", desk, ticket, "messages", body)

    def _priority(self, desk: str, ticket: str, sender: str) -> Command:
        levels = PRIORITIES.get(desk, ("high", "low"))
        body = {"priority": self.rng.choice(levels), "reason": f"So said {sender}."}
        return self._on("PriorityChanged?", desk, ticket, "priority", body)

    def _resolution(self, desk: str, ticket: str, sender: str) -> Command:
        return self._on("Resolved", desk, ticket, "resolution", {"text": f"Done for {sender}."})

    def _closure(self, desk: str, ticket: str, _: str) -> Command:
        return self._on("TicketClosed?", desk, ticket, "closure", {})

    def _claim(self, desk: str, _: str, __: str) -> Command:
        level = self.rng.choice(ENGINEERS[desk])
        return Command(
            what="Assigned",
            service="escalation",
            desk=desk,
            path=f"/desks/{desk}/queue/claims",
            body={"engineer": engineer(desk, level), "level": level},
            patient=True,
        )

    def _escalation(self, desk: str, ticket: str, sender: str) -> Command:
        return Command(
            what="Escalated",
            service="escalation",
            desk=desk,
            path=f"/tickets/{ticket}/escalations",
            body={"reason": f"Because of {sender}."},
            patient=True,
        )
