"""What notifier puts on record about an erased person: that its copies are gone, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reglament.decider import Decider
from reglament.events.notifications import CopiesErased
from reglament.events.registry import Actor, Event

ACTOR = Actor(kind="system", id="notifier", rule="erasure")


@dataclass(frozen=True, slots=True, kw_only=True)
class SayErased:
    """Nothing is left here. contents: how many texts the erasure names."""

    at: datetime
    erasure: str
    requester: str
    contents: int


def _decide(command: SayErased, said: frozenset[str]) -> Sequence[Event]:
    if command.erasure in said:
        return []
    return [
        CopiesErased(
            at=command.at,
            actor=ACTOR,
            erasure=command.erasure,
            requester=command.requester,
            contents=command.contents,
        )
    ]


def _evolve(said: frozenset[str], event: Event) -> frozenset[str]:
    return said | {event.erasure} if isinstance(event, CopiesErased) else said


# Of streams `requester/<id>`; the state: erasures that were said.
ERASING: Decider[SayErased, frozenset[str]] = Decider(
    decide=_decide, evolve=_evolve, initial_state=frozenset()
)
