"""Policies, customers and keys: full state on compacted topics, said by intake."""

from datetime import date, datetime
from typing import Any, Literal

import msgspec

from reglament.events.registry import Event, event
from reglament.events.tickets import OwnTarget
from reglament.events.topics import ACCESS, CUSTOMERS, POLICIES

KeyRole = Literal["requester", "integrator", "agent", "admin"]


@event("PolicyPublished", topic=POLICIES)
class PolicyPublished(Event, frozen=True, kw_only=True):
    """A desk's rules, one version of them. Key: desk@version; the document is the whole policy."""

    desk: str
    version: int
    document: dict[str, Any]
    digest: str


class Contract(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A support contract: in force from `from_day` to `until_day`, both included."""

    number: str
    from_day: date
    until_day: date
    level: str | None = None
    targets: tuple[OwnTarget, ...] = ()


@event("CustomerRegistered", topic=CUSTOMERS)
class CustomerRegistered(Event, frozen=True, kw_only=True):
    """A customer's newest state. Key: desk/customer."""

    customer: str
    desk: str
    name: str
    inn: str | None = None
    emails: tuple[str, ...] = ()
    contracts: tuple[Contract, ...] = ()


@event("KeyIssued", topic=ACCESS)
class KeyIssued(Event, frozen=True, kw_only=True):
    """An API key's newest state, by its hash. Key: key id. Revoked: `revoked_at` set."""

    key: str
    hash: str
    role: KeyRole
    desk: str | None = None
    subject: str | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
