"""The reasons of escalations in words: erased when intake erases whose tickets they are about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reglament.clock import Clock
from reglament.erasing import say_erased
from reglament.events.escalations import ReasonsErased
from reglament.events.registry import Actor
from reglament.eventstore.store import EventStore

ACTOR = Actor(kind="system", id="escalation", rule="erasure")
ERASE = """
WITH gone AS (
  DELETE FROM escalation_notes n USING ticket_facts_v1 f
  WHERE f.key = n.ticket AND f.facts->>'requester' = $1 RETURNING 1)
SELECT count(*) FROM gone"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """Erases what agents wrote; says when it is gone (architecture 5)."""

    store: EventStore
    now: Clock

    async def erase(
        self, connection: Any, records: Sequence[tuple[str, dict[str, Any] | None]]
    ) -> None:
        """Of contacts only the erased ones matter here. A ticket is over before its requester
        is erased, so that no reason can come later.
        """
        for requester, record in records:
            if record is None or "erasure" not in record:
                continue
            said = ReasonsErased(
                at=self.now(),
                actor=ACTOR,
                erasure=record["erasure"],
                requester=requester,
                reasons=await connection.fetchval(ERASE, requester),
            )
            await say_erased(self.store, connection, said)
