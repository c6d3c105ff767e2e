"""Builders for the Ticket stream: a desk, commands, events, and given/when/then over them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from intake.domain.commands import OpenTicket, TicketCommand
from intake.domain.decider import ticket_decider
from intake.domain.facts import Arrival, Entitlement, Request
from reglament.decider import fold
from reglament.errors import Refused
from reglament.events.registry import Actor, ContentRef, Event
from reglament.events.tickets import TicketAccepted, TicketOpened, TicketReturned
from reglament.policy.model import Policy

AT = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
REQUESTER = Actor(kind="requester", id="r1")
ENGINEER = Actor(kind="engineer", id="e1")
SYSTEM = Actor(kind="system", id="intake")
TEXT = ContentRef(id="c1", version=1, digest="d")
DESK: dict[str, Any] = {
    "desk": "north",
    "name": "North",
    "time_zone": "Europe/Moscow",
    "number": "N-{sequence:04d}",
    "calendars": {"office": {"hours": {"mon-fri": ["09:00-18:00"]}}},
    "channels": {"web": {"accept": "always", "preferred": True}},
}


def desk(**changes: Any) -> Policy:
    """The smallest policy, with what the test is about."""
    return Policy.model_validate({**DESK, **changes})


def asked(**changes: Any) -> Request:
    """A request that the smallest desk takes."""
    said: dict[str, Any] = {
        "subject": "Printer on fire",
        "description": "It burns",
        "email": "ann@example.org",
    }
    return Request(**{**said, **changes})


def opening(request: Request | None = None, **changes: Any) -> OpenTicket:
    """The command to open a ticket."""
    values: dict[str, Any] = {
        "at": AT,
        "actor": REQUESTER,
        "requester": "r1",
        "content": TEXT,
        "request": request or asked(),
        "arrival": Arrival(channel="web", entered_by="requester"),
        "entitlement": Entitlement(),
    }
    return OpenTicket(**{**values, **changes})


def opened(**changes: Any) -> TicketOpened:
    """The event of a ticket that was opened."""
    return TicketOpened(**{**_described(), **changes})


def returned(**changes: Any) -> TicketReturned:
    """The event of a ticket that was returned."""
    return TicketReturned(**{**_described(), **changes})


def accepted() -> TicketAccepted:
    """The event of an acceptance."""
    return TicketAccepted(at=AT, actor=SYSTEM, because="delivered")


def _described() -> dict[str, Any]:
    return {
        "at": AT,
        "actor": REQUESTER,
        "number": "N-0001",
        "channel": "web",
        "requester": "r1",
        "content": TEXT,
        "priority": "normal",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What came of a command."""

    events: Sequence[Event] = ()
    refusal: Refused | None = None

    def then(self, *types: type[Event]) -> list[Any]:
        """Exactly events of these types; gives them, for a closer look."""
        assert self.refusal is None, self.refusal
        assert [type(event) for event in self.events] == list(types)
        return list(self.events)

    def then_nothing(self) -> None:
        """Nothing changed."""
        self.then()

    def then_refused(self, *rules: str, kind: str = "rules-violated") -> Refused:
        """Refused for these rules."""
        assert self.refusal is not None, self.events
        assert [violation.rule for violation in self.refusal.violations] == list(rules)
        assert self.refusal.kind == kind
        return self.refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A desk and what happened there."""

    policy: Policy
    events: tuple[Event, ...]

    def when(self, command: TicketCommand) -> Decided:
        """What follows; events are checked to survive their own encoding."""
        decider = ticket_decider(self.policy)
        state = fold(decider, self.events)
        try:
            events = decider.decide(command, state)
        except Refused as refusal:
            return Decided(refusal=refusal)
        for event in events:
            encoded = msgspec.json.encode(event)
            assert msgspec.json.decode(encoded, type=type(event)) == event
        return Decided(events=events)


def given(policy: Policy, *events: Event) -> Given:
    """A desk's rules and a ticket's past."""
    return Given(policy=policy, events=events)
