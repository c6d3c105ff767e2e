"""What a service puts on record about an erased person: that its copies are gone, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reglament.command_handler import Submission, handle_batch
from reglament.decider import Decider
from reglament.events.escalations import ReasonsErased
from reglament.events.notifications import CopiesErased
from reglament.events.registry import Event
from reglament.eventstore.store import Context, EventStore

Said = CopiesErased | ReasonsErased


@dataclass(frozen=True, slots=True, kw_only=True)
class SayErased:
    """Nothing is left here, as `said` tells."""

    said: Said


def _decide(command: SayErased, known: frozenset[str]) -> Sequence[Event]:
    return [] if command.said.erasure in known else [command.said]


def _evolve(known: frozenset[str], event: Event) -> frozenset[str]:
    return known | {event.erasure} if isinstance(event, Said) else known


# Of streams `requester/<id>`; the state: erasures that were said.
ERASING: Decider[SayErased, frozenset[str]] = Decider(
    decide=_decide, evolve=_evolve, initial_state=frozenset()
)


async def say_erased(store: EventStore, connection: Any, said: Said) -> None:
    """In the transaction that erases: the same erasure, read again, is not said again."""
    submission = Submission(
        stream=f"requester/{said.requester}",
        subject=said.requester,
        desk="",
        command=SayErased(said=said),
        decider_for=lambda _: ERASING,
        context=Context(recorded_at=said.at),
    )
    await handle_batch(store, connection, [submission])
