"""A webhook subscription: what it is sent, and whether it is."""

from dataclasses import dataclass
from datetime import datetime

from reglament.decider import Decider
from reglament.errors import NotFound
from reglament.events.notifications import SubscriptionSet
from reglament.events.registry import Actor, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribe:
    """A new one. types: names of events, none: all of them."""

    at: datetime
    actor: Actor
    subscription: str
    desk: str
    url: str
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """None: as it was. active False: no more is sent, also after DELETE and 410."""

    at: datetime
    actor: Actor
    url: str | None = None
    types: tuple[str, ...] | None = None
    active: bool | None = None


SubscriptionCommand = Subscribe | Change


def decide(command: SubscriptionCommand, state: SubscriptionSet | None) -> list[Event]:
    """Its newest state, where that is another than before. Raises NotFound."""
    if isinstance(command, Subscribe):
        after = SubscriptionSet(
            at=command.at,
            actor=command.actor,
            subscription=command.subscription,
            desk=command.desk,
            url=command.url,
            types=command.types,
        )
        return [after]
    if state is None:
        raise NotFound("subscription", "")
    after = SubscriptionSet(
        at=command.at,
        actor=command.actor,
        subscription=state.subscription,
        desk=state.desk,
        url=state.url if command.url is None else command.url,
        types=state.types if command.types is None else command.types,
        active=state.active if command.active is None else command.active,
    )
    before = (state.url, state.types, state.active)
    return [] if (after.url, after.types, after.active) == before else [after]


def evolve(state: SubscriptionSet | None, event: Event) -> SubscriptionSet | None:
    """The newest state, which the event is."""
    return event if isinstance(event, SubscriptionSet) else state


def subscription_decider() -> Decider[SubscriptionCommand, SubscriptionSet | None]:
    """The decider of streams `subscription/<id>`."""
    return Decider(decide=decide, evolve=evolve, initial_state=None)
