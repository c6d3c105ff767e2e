"""Name + version <-> class. One class an event, the newest version only; see upcasters for old."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

import msgspec

ActorKind = Literal["requester", "engineer", "integrator", "system"]


class Actor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who did it (semantics 24). `rule` names the rule by which the system acted."""

    kind: ActorKind
    id: str
    rule: str | None = None


class ContentRef(msgspec.Struct, frozen=True, kw_only=True):
    """Where a text stands, and its digest = HMAC(salt, content) (architecture 5)."""

    id: str
    version: int
    digest: str


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A fact: past tense, flat, no personal data, no free text (contract, Events).

    at: when it happened (semantics 23), becomes ce_time. Readers ignore fields they don't know.
    """

    at: datetime
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """What the registry knows of one event."""

    name: str
    version: int
    topic: str
    cls: type[Event]


E_ = TypeVar("E_", bound=type[Event])
_BY_NAME: dict[str, EventType] = {}
_BY_CLASS: dict[type[Event], EventType] = {}


def event(name: str, *, topic: str, version: int = 1) -> Callable[[E_], E_]:
    """Register a class as the newest version of the event `name`, which travels on `topic`."""

    def register(cls: E_) -> E_:
        if name in _BY_NAME:
            raise ValueError(f"event {name} is defined twice")
        entry = EventType(name=name, version=version, topic=topic, cls=cls)
        _BY_NAME[name] = _BY_CLASS[cls] = entry
        return cls

    return register


def by_name(name: str) -> EventType | None:
    """The registered type of that name; None for one that this release does not know."""
    return _BY_NAME.get(name)


def by_class(cls: type[Event]) -> EventType:
    """The registered type of an event's class; KeyError is a programmer's fault."""
    return _BY_CLASS[cls]


def all_types() -> tuple[EventType, ...]:
    """Every registered event, by topic and name: the catalogue."""
    return tuple(sorted(_BY_NAME.values(), key=lambda entry: (entry.topic, entry.name)))
