"""A desk's policy and its customers: full state, said again only when it has changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from reglament.decider import Decider
from reglament.events.administration import Contract, CustomerRegistered, PolicyPublished
from reglament.events.registry import Actor, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishPolicy:
    """The next version of a desk's rules; `document` is valid."""

    at: datetime
    actor: Actor
    desk: str
    version: int
    document: dict[str, Any]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCustomer:
    """A customer as it is now."""

    at: datetime
    actor: Actor
    customer: str
    desk: str
    name: str
    inn: str | None = None
    emails: tuple[str, ...] = ()
    contracts: tuple[Contract, ...] = ()


def _publish(command: PublishPolicy, newest: PolicyPublished | None) -> Sequence[Event]:
    if newest is not None and newest.digest == command.digest:
        return ()
    return (
        PolicyPublished(
            at=command.at,
            actor=command.actor,
            desk=command.desk,
            version=command.version,
            document=command.document,
            digest=command.digest,
        ),
    )


def _published(state: PolicyPublished | None, event: Event) -> PolicyPublished | None:
    return event if isinstance(event, PolicyPublished) else state


POLICIES: Decider[PublishPolicy, PolicyPublished | None] = Decider(
    decide=_publish, evolve=_published, initial_state=None
)


def _register(command: RegisterCustomer, known: CustomerRegistered | None) -> Sequence[Event]:
    event = CustomerRegistered(
        at=command.at,
        actor=command.actor,
        customer=command.customer,
        desk=command.desk,
        name=command.name,
        inn=command.inn,
        emails=command.emails,
        contracts=command.contracts,
    )
    if (
        known is not None
        and msgspec.structs.replace(known, at=event.at, actor=event.actor) == event
    ):
        return ()
    return (event,)


def _registered(state: CustomerRegistered | None, event: Event) -> CustomerRegistered | None:
    return event if isinstance(event, CustomerRegistered) else state


CUSTOMERS: Decider[RegisterCustomer, CustomerRegistered | None] = Decider(
    decide=_register, evolve=_registered, initial_state=None
)
